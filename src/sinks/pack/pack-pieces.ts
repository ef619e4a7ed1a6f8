import { createHash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import { tarHeaderBytes, writeTarHeader } from '../format/tar-header.ts';
import type { FrameCompressor } from '../zstd.ts';
import { readSource } from './open-file.ts';
import type { FilePlaces, FileWish, OpenFile } from './open-file.ts';
import { sizeProblem } from './pack-frame.ts';
import type { CompressedFrame, DigestTask, PackResult, PiecesTask } from './pack-task.ts';
import { SpanChecks, checkSpan } from './span-checks.ts';
import { changed } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';

interface PiecesContext extends FilePlaces {
  /** A frame long, and of this task alone: others may run while an object's bytes are awaited. */
  readonly buffer: Buffer;
  readonly compressor: FrameCompressor;
  readonly frameBytes: number;
  readonly signal: AbortSignal;
  /** Throws when the seal was cancelled; asked before every frame. */
  readonly checkCancelled: () => void;
}

type Found = Pick<PackResult, 'frames' | 'digests' | 'checks'>;

/** Packs some frames of a file that is larger than one, and digests it when the task holds all of it. */
export function packPieces(task: PiecesTask, context: PiecesContext): Promise<PackResult> {
  const { buffer, frameBytes } = context;
  const header = tarHeaderBytes(task.file);
  const span = {
    from: Math.max(0, task.from - header),
    to: Math.min(task.to - header, task.file.sizeBytes),
  };
  assert(span.from < span.to, 'every piece holds bytes of its file');
  const range = task.whole ? null : span;
  return withFile(task, { range, resumes: false }, context, async (file) => {
    const hash = task.whole ? createHash('sha256') : undefined;
    const frames: CompressedFrame[] = [];
    let left = span.to - span.from;
    let check = 0;
    for (let from = task.from; from < task.to; from += frameBytes) {
      context.checkCancelled();
      const bytes = Math.min(frameBytes, task.to - from);
      let at = from === 0 ? writeTarHeader(task.file, buffer, 0) : 0;
      const wanted = Math.min(bytes - at, left);
      if ((await file.read(buffer, at, wanted)) !== wanted) return changed();
      const content = buffer.subarray(at, at + wanted);
      hash?.update(content);
      if (!task.whole) check = checkSpan(content, check);
      at += wanted;
      left -= wanted;
      buffer.fill(0, at, bytes);
      frames.push({ data: context.compressor.compress(buffer.subarray(0, bytes)), contentBytes: bytes });
    }
    return { frames, digests: hash?.digest() ?? new Uint8Array(0), checks: task.whole ? [] : [check] };
  });
}

/** Digests a file without packing it. */
export function digestFile(task: DigestTask, context: PiecesContext): Promise<PackResult> {
  const { buffer, frameBytes } = context;
  const firstSpanBytes = task.spanBytes - tarHeaderBytes(task.file);
  return withFile(task, { range: null, resumes: true }, context, async (file) => {
    const hash = createHash('sha256');
    const checks = new SpanChecks({ firstSpanBytes, spanBytes: task.spanBytes });
    for (let position = 0; position < task.file.sizeBytes;) {
      context.checkCancelled();
      const wanted = Math.min(frameBytes, task.file.sizeBytes - position);
      if ((await file.read(buffer, 0, wanted)) !== wanted) return changed();
      hash.update(buffer.subarray(0, wanted));
      checks.add(buffer.subarray(0, wanted));
      position += wanted;
    }
    return { frames: [], digests: hash.digest(), checks: checks.finish() };
  });
}

async function withFile(
  { file, pin }: PiecesTask | DigestTask,
  wish: Pick<FileWish, 'range' | 'resumes'>,
  context: PiecesContext,
  read: (source: OpenFile) => Promise<Found | SourceProblem>,
): Promise<PackResult> {
  const { location } = file;
  const { signal } = context;
  const found = await readSource({ location, pin, signal, ...wish }, context, async (source) => {
    const problem = sizeProblem(file, source);
    if (problem !== undefined) return problem;
    const result = await read(source);
    if ('reason' in result) return result;
    if (!(await source.isWhole())) return changed();
    assert(result.digests.length % 32 === 0, 'digests are 32 bytes each');
    return { ...result, sizes: [], stamp: source.stamp, problems: [] };
  });
  return 'reason' in found ? failed(found) : found;
}

function failed(problem: SourceProblem): PackResult {
  return {
    frames: [],
    digests: new Uint8Array(0),
    sizes: [],
    stamp: null,
    checks: [],
    problems: [{ file: 0, ...problem }],
  };
}
