import { createHash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import { tarHeaderBytes, writeTarHeader } from '../format/tar-header.ts';
import type { FrameCompressor } from '../zstd.ts';
import { changed, sizeProblem } from './pack-frame.ts';
import type { CompressedFrame, DigestTask, PackFile, PackResult, PiecesTask } from './pack-task.ts';
import { closeSource, isSourceProblem, isUnchanged, openSource, readFully, stampOf } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import type { SourceProblem } from './source-problem.ts';

interface PiecesContext {
  readonly roots: readonly string[];
  readonly buffer: Buffer;
  readonly compressor: FrameCompressor;
  readonly frameBytes: number;
  /** Throws when the seal was cancelled; asked before every frame. */
  readonly checkCancelled: () => void;
}

/** Packs some frames of a file that is larger than one, and digests it when the task holds all of it. */
export function packPieces(task: PiecesTask, context: PiecesContext): PackResult {
  const { buffer, frameBytes } = context;
  const hash = task.whole ? createHash('sha256') : undefined;
  const header = tarHeaderBytes(task.file);
  const frames: CompressedFrame[] = [];
  return withSource(task.file, context.roots, (source) => {
    for (let from = task.from; from < task.to; from += frameBytes) {
      context.checkCancelled();
      const to = Math.min(from + frameBytes, task.to);
      let at = from === 0 ? writeTarHeader(task.file, buffer, 0) : 0;
      const position = from + at - header;
      const wanted = Math.max(0, Math.min(to - header, task.file.sizeBytes) - position);
      if (readFully(source.fd, buffer, at, wanted, position) !== wanted) return changed();
      hash?.update(buffer.subarray(at, at + wanted));
      at += wanted;
      buffer.fill(0, at, to - from);
      frames.push({
        data: context.compressor.compress(buffer.subarray(0, to - from)),
        contentBytes: to - from,
      });
    }
    if (!isAtEnd(source, buffer)) return changed();
    return { frames, digests: hash?.digest() ?? new Uint8Array(0) };
  });
}

/** Digests a file without packing it. */
export function digestFile(task: DigestTask, context: PiecesContext): PackResult {
  const hash = createHash('sha256');
  const { buffer } = context;
  return withSource(task.file, context.roots, (source) => {
    let position = 0;
    for (;;) {
      context.checkCancelled();
      const read = readFully(source.fd, buffer, 0, context.frameBytes, position);
      hash.update(buffer.subarray(0, read));
      position += read;
      if (read < context.frameBytes) break;
    }
    return position === task.file.sizeBytes ? { frames: [], digests: hash.digest() } : changed();
  });
}

/** The byte past the planned end must not be there. */
function isAtEnd(source: SourceFile, buffer: Buffer): boolean {
  return readFully(source.fd, buffer, 0, 1, source.sizeBytes) === 0;
}

function withSource(
  file: PackFile,
  roots: readonly string[],
  read: (source: SourceFile) => Pick<PackResult, 'frames' | 'digests'> | SourceProblem,
): PackResult {
  const source = openSource(file.location, roots);
  if (isSourceProblem(source)) return failed(source);
  try {
    const problem = sizeProblem(file, source);
    if (problem !== undefined) return failed(problem);
    const result = read(source);
    if ('reason' in result) return failed(result);
    if (!isUnchanged(source)) return failed(changed());
    assert(result.digests.length % 32 === 0, 'digests are 32 bytes each');
    return { ...result, sizes: [], stamp: stampOf(source), problems: [] };
  } finally {
    closeSource(source);
  }
}

function failed(problem: SourceProblem): PackResult {
  return {
    frames: [],
    digests: new Uint8Array(0),
    sizes: [],
    stamp: null,
    problems: [{ file: 0, ...problem }],
  };
}
