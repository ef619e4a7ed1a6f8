import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { unreachable } from '../../base/assert.ts';
import { failpoint } from '../../base/failpoint.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import { SourceBuckets } from '../s3/source-buckets.ts';
import { systemCode } from '../sink-fault.ts';
import { FrameCompressor } from '../zstd.ts';
import { Cancelled, isCancelled, underCancellation } from './cancelled.ts';
import { fetchObjects } from './fetch-objects.ts';
import { FileFault, describeFault } from './file-fault.ts';
import { lookAtObjects, measureFiles } from './measure.ts';
import { MemoryPool } from './memory-pool.ts';
import { packFrame } from './pack-frame.ts';
import { digestFile, packPieces } from './pack-pieces.ts';
import type { PackOutcome, PackRequest, PackResult, PackTask, WorkerSettings } from './pack-task.ts';

const settings = workerData as WorkerSettings;
const { roots, frameBytes } = settings;
const createBuffer = () => Buffer.allocUnsafeSlow(frameBytes + TAR_BLOCK_BYTES);
/** Of what is packed without waiting for anything. */
const buffer = createBuffer();
/** Of tasks that wait for the bytes of objects, each with one of its own. */
const buffers = new MemoryPool(createBuffer);
const compressor = new FrameCompressor({ level: settings.level, frameBytesMax: frameBytes });
const buckets = new SourceBuckets({ addresses: settings.buckets, requestsMax: settings.requestsMax });

/**
 * Entry of a packing thread: all reading of folders, digesting and compressing is synchronous and happens here. Objects are
 * fetched here too, before a frame is packed; meanwhile the thread packs what has come already (decision 0126).
 */
export async function runPackTask(request: PackRequest): Promise<PackOutcome> {
  const checkCancelled = () => {
    if (isCancelled(request.cancelled)) throw new Cancelled();
  };
  try {
    checkCancelled();
    failpoint('pack:task');
    checkCancelled();
    return transferred(await run(request, checkCancelled));
  } catch (error) {
    if (error instanceof Cancelled) return { kind: 'cancelled' };
    const code = systemCode(error);
    // A bug keeps its stack by being thrown; only what the system refused is an answer.
    if (code === undefined) throw error;
    const { message } = error as Error;
    return { kind: 'fault', code, message, ...describeFault(error), file: fileOf(error, request.task) };
  }
}

function fileOf(error: unknown, task: PackTask): number | null {
  if (error instanceof FileFault) return error.file;
  return task.kind === 'pieces' || task.kind === 'digest' ? 0 : null;
}

function run(request: PackRequest, checkCancelled: () => void): PackResult | Promise<PackResult> {
  const { task, cancelled } = request;
  const usesBuckets = settings.buckets.length > 0;
  switch (task.kind) {
    case 'frame': {
      const context = { roots, buffer, compressor };
      if (!usesBuckets || task.fileCount === 0) return packFrame(task, context);
      return withBuffer(cancelled, async (memory, signal) => {
        const objects = await fetchObjects(task, { buckets, memory, signal });
        return packFrame(task, { ...context, objects });
      });
    }
    case 'measure': {
      if (!usesBuckets) return measureFiles(task, { roots, objects: new Map(), checkCancelled });
      return underCancellation(cancelled, async (signal) => {
        const objects = await lookAtObjects(task, { buckets, signal });
        return measureFiles(task, { roots, objects, checkCancelled });
      });
    }
    case 'pieces':
    case 'digest':
      return withBuffer(cancelled, (memory, signal) => {
        const context = { roots, buckets, buffer: memory, compressor, frameBytes, signal, checkCancelled };
        return task.kind === 'pieces' ? packPieces(task, context) : digestFile(task, context);
      });
    default:
      return unreachable(task);
  }
}

async function withBuffer<T>(
  cancelled: Int32Array,
  work: (memory: Buffer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const memory = buffers.take();
  try {
    return await underCancellation(cancelled, (signal) => work(memory, signal));
  } finally {
    buffers.give(memory);
  }
}

/** Moves the frames instead of copying them, but for those that stand in shared memory anyway. */
function transferred(result: PackResult): PackOutcome {
  const outcome: PackOutcome = { kind: 'done', result };
  const owned = result.frames.map((frame) => frame.data.buffer).filter((memory) => !isShared(memory));
  if (owned.length === 0) return outcome;
  return move({ [transferableSymbol]: owned, [valueSymbol]: outcome }) as unknown as PackOutcome;
}

function isShared(memory: ArrayBufferLike): boolean {
  return memory instanceof SharedArrayBuffer;
}
