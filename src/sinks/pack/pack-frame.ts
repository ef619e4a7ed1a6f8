import { hash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import { TAR_BLOCK_BYTES, paddedBytes, writeTarHeader } from '../format/tar-header.ts';
import type { FrameCompressor } from '../zstd.ts';
import type { FileProblem, FrameTask, PackFile, PackResult } from './pack-task.ts';
import { closeSource, isSourceProblem, isUnchanged, openSource, readFully } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import type { SourceProblem } from './source-problem.ts';

const DIGEST_BYTES = 32;

/** Fills one frame with whole files and compresses it; with a problem in any file the frame is not made. */
export function packFrame(
  task: FrameTask,
  context: {
    readonly roots: readonly string[];
    /** At least a frame and one block: a file is read one byte past its planned size, to see that it ends there. */
    readonly buffer: Buffer;
    readonly compressor: FrameCompressor;
  },
): PackResult {
  const { buffer } = context;
  assert(task.bytes + TAR_BLOCK_BYTES <= buffer.length, 'a frame must fit the buffer');
  const digests = new Uint8Array(task.files.length * DIGEST_BYTES);
  const problems: FileProblem[] = [];
  let at = 0;
  if (task.head !== null) {
    buffer.set(task.head, 0);
    at = task.head.length;
  }
  task.files.forEach((file, i) => {
    const content = writeTarHeader(file, buffer, at);
    const problem = readWhole(file, context.roots, buffer, content);
    if (problem !== undefined) problems.push({ file: i, ...problem });
    const end = content + file.sizeBytes;
    at = content + paddedBytes(file.sizeBytes);
    buffer.fill(0, end, at);
    digests.set(hash('sha256', buffer.subarray(content, end), 'buffer'), i * DIGEST_BYTES);
  });
  assert(at === task.bytes, 'a frame must hold what its plan says');
  const result = { digests, sizes: [], stamp: null, problems };
  if (problems.length > 0) return { ...result, frames: [] };
  const data = context.compressor.compress(buffer.subarray(0, at));
  return { ...result, frames: [{ data, contentBytes: at }] };
}

function readWhole(
  file: PackFile,
  roots: readonly string[],
  buffer: Buffer,
  at: number,
): SourceProblem | undefined {
  const source = openSource(file.location, roots);
  if (isSourceProblem(source)) return source;
  try {
    const problem = sizeProblem(file, source);
    if (problem !== undefined) return problem;
    // A regular file gives less than was asked for only at its end.
    const read = readFully(source.fd, buffer, at, file.sizeBytes + 1, 0);
    return read === file.sizeBytes && isUnchanged(source) ? undefined : changed();
  } finally {
    closeSource(source);
  }
}

export function changed(): SourceProblem {
  return { reason: 'file_changed', detail: 'it changed while it was read' };
}

/** What a file's size says against the plan. */
export function sizeProblem(file: PackFile, source: SourceFile): SourceProblem | undefined {
  if (source.sizeBytes === file.sizeBytes) return undefined;
  return file.sizeFromRow
    ? {
        reason: 'file_size_differs',
        detail: `the row says ${file.sizeBytes} bytes, the file has ${source.sizeBytes}`,
      }
    : changed();
}
