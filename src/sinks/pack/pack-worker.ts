import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { unreachable } from '../../base/assert.ts';
import { failpoint } from '../../base/failpoint.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import { systemCode } from '../sink-fault.ts';
import { FrameCompressor } from '../zstd.ts';
import { FileFault } from './file-fault.ts';
import { measureFiles } from './measure.ts';
import { packFrame } from './pack-frame.ts';
import { digestFile, packPieces } from './pack-pieces.ts';
import type { PackOutcome, PackRequest, PackResult, PackTask, WorkerSettings } from './pack-task.ts';

const settings = workerData as WorkerSettings;
const buffer = Buffer.allocUnsafeSlow(settings.frameBytes + TAR_BLOCK_BYTES);
const compressor = new FrameCompressor({ level: settings.level, frameBytesMax: settings.frameBytes });

class Cancelled extends Error {}

/** Entry of a packing thread: all reading, digesting and compressing is synchronous and happens here. */
export function runPackTask(request: PackRequest): PackOutcome {
  const checkCancelled = () => {
    if (Atomics.load(request.cancelled, 0) !== 0) throw new Cancelled();
  };
  try {
    checkCancelled();
    failpoint('pack:task');
    checkCancelled();
    return transferred(run(request, checkCancelled));
  } catch (error) {
    if (error instanceof Cancelled) return { kind: 'cancelled' };
    const code = systemCode(error);
    // A bug keeps its stack by being thrown; only what the system refused is an answer.
    if (code === undefined) throw error;
    return { kind: 'fault', code, message: (error as Error).message, file: fileOf(error, request.task) };
  }
}

function fileOf(error: unknown, task: PackTask): number | null {
  if (error instanceof FileFault) return error.file;
  return task.kind === 'pieces' || task.kind === 'digest' ? 0 : null;
}

function run({ task }: PackRequest, checkCancelled: () => void): PackResult {
  const context = { ...settings, buffer, compressor, checkCancelled };
  switch (task.kind) {
    case 'frame':
      return packFrame(task, context);
    case 'pieces':
      return packPieces(task, context);
    case 'digest':
      return digestFile(task, context);
    case 'measure':
      return measureFiles(task, context);
    default:
      return unreachable(task);
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
