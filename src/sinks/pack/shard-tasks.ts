import { planFrames } from '../format/frame-plan.ts';
import type { PlannedFrame } from '../format/frame-plan.ts';
import { tarHeaderBytes } from '../format/tar-header.ts';
import type { PackFile, PackTask } from './pack-task.ts';
import type { ShardPlan } from './shard-plan.ts';

/** A file of up to this many frames is one task: opened once, read once. */
const WHOLE_FRAMES_MAX = 16;
/** Frames of a larger file in one task. */
const PIECE_FRAMES = 8;

export interface PlannedTask {
  readonly task: PackTask;
  /** Place of the task's first file among the shard's files; -1 when it has none. */
  readonly firstFile: number;
}

/**
 * The work of a shard in the order of its bytes. On the way it writes into the plan's index columns where each
 * content begins.
 */
export function* shardTasks(plan: ShardPlan): Generator<PlannedTask> {
  let frameNumber = 0;
  let pieces: PlannedFrame[] = [];
  for (const frame of planFrames(plan.memberBytes, plan.frameBytes)) {
    const large = plan.memberBytes[frame.firstMember]! > plan.frameBytes;
    if (frame.firstMember === 0 && frame.pieceFrom === 0) locateRows(plan);
    if (large && frame.firstMember > 0) {
      pieces.push(frame);
      if (frame.pieceFrom + frame.bytes === plan.memberBytes[frame.firstMember]) {
        yield* largeFileTasks(plan, frame.firstMember - 1, frameNumber - pieces.length + 1);
        pieces = [];
      }
    } else {
      yield frameTask(plan, frame, frameNumber);
    }
    frameNumber++;
  }
}

function frameTask(plan: ShardPlan, frame: PlannedFrame, frameNumber: number): PlannedTask {
  const holdsRows = frame.firstMember === 0;
  const rowsBytes = Math.min(plan.region.bytes - frame.pieceFrom, plan.frameBytes);
  const head = holdsRows ? plan.region.take(rowsBytes) : null;
  const files: PackFile[] = [];
  let at = head?.length ?? 0;
  const firstFile = holdsRows ? 0 : frame.firstMember - 1;
  const fileCount = holdsRows ? frame.memberCount - 1 : frame.memberCount;
  for (let i = firstFile; i < firstFile + fileCount; i++) {
    const file = plan.file(i);
    files.push(file);
    plan.columns.frame[i] = frameNumber;
    plan.columns.frameOffset[i] = at + tarHeaderBytes(file);
    at += plan.memberBytes[i + 1]!;
  }
  return { task: { kind: 'frame', bytes: frame.bytes, head, files }, firstFile };
}

function* largeFileTasks(plan: ShardPlan, index: number, firstFrame: number): Generator<PlannedTask> {
  const file = plan.file(index);
  const bytes = plan.memberBytes[index + 1]!;
  plan.columns.frame[index] = firstFrame;
  plan.columns.frameOffset[index] = tarHeaderBytes(file);
  const whole = bytes <= WHOLE_FRAMES_MAX * plan.frameBytes;
  if (whole) {
    yield { task: { kind: 'pieces', file, from: 0, to: bytes, whole }, firstFile: index };
    return;
  }
  yield { task: { kind: 'digest', file }, firstFile: index };
  const step = PIECE_FRAMES * plan.frameBytes;
  for (let from = 0; from < bytes; from += step)
    yield {
      task: { kind: 'pieces', file, from, to: Math.min(from + step, bytes), whole },
      firstFile: index,
    };
}

/** With `payload: row` each line is what the index points at. */
function locateRows(plan: ShardPlan): void {
  if (plan.payload === 'file') return;
  const { region, columns, frameBytes } = plan;
  let at = region.contentFrom;
  for (let i = 0; i < columns.count; i++) {
    columns.frame[i] = Math.floor(at / frameBytes);
    columns.frameOffset[i] = at % frameBytes;
    at += columns.sizeBytes[i]! + 1;
  }
}
