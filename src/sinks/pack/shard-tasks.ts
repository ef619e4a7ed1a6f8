import { assert } from '../../base/assert.ts';
import { planFrames } from '../format/frame-plan.ts';
import type { PlannedFrame } from '../format/frame-plan.ts';
import { paddedBytes } from '../format/tar-header.ts';
import type { FileMembers } from './file-members.ts';
import { asBuffer } from './frame-memory.ts';
import type { FrameMemory } from './frame-memory.ts';
import type { MemoryPool } from './memory-pool.ts';
import type { FrameTask, PackTask } from './pack-task.ts';
import { memberBytes } from './shard-plan.ts';
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
export function* shardTasks(plan: ShardPlan, memory: MemoryPool<FrameMemory>): Generator<PlannedTask> {
  let frameNumber = 0;
  let firstPiece = 0;
  for (const frame of planFrames(memberBytes(plan), plan.frameBytes)) {
    if (frame.firstMember === 0 && frame.pieceFrom === 0) locateRows(plan);
    const file = frame.firstMember - 1;
    const bytes = file < 0 ? 0 : fileMembers(plan).bytes[file]!;
    if (bytes > plan.frameBytes) {
      if (frame.pieceFrom === 0) firstPiece = frameNumber;
      if (frame.pieceFrom + frame.bytes === bytes) yield* largeFileTasks(plan, file, firstPiece);
    } else {
      yield frameTask({ plan, frame, frameNumber, memory: memory.take() });
    }
    frameNumber++;
  }
}

function frameTask(options: {
  readonly plan: ShardPlan;
  readonly frame: PlannedFrame;
  readonly frameNumber: number;
  readonly memory: FrameMemory;
}): PlannedTask {
  const { plan, frame, frameNumber, memory } = options;
  const buffer = asBuffer(memory);
  const holdsRows = frame.firstMember === 0;
  const headBytes = holdsRows ? Math.min(plan.region.bytes - frame.pieceFrom, plan.frameBytes) : 0;
  if (holdsRows) plan.region.take(buffer.subarray(0, headBytes));
  let at = headBytes;
  const firstFile = holdsRows ? 0 : frame.firstMember - 1;
  const pastLast = firstFile + (holdsRows ? frame.memberCount - 1 : frame.memberCount);
  for (let i = firstFile; i < pastLast; i++) {
    plan.columns.frame[i] = frameNumber;
    plan.columns.frameOffset[i] = at + headerBytes(plan, i);
    at += fileMembers(plan).bytes[i]!;
  }
  const room = buffer.subarray(headBytes);
  const list = plan.members?.list(firstFile, pastLast, room) ?? room.subarray(0, 0);
  const fileList = list.buffer === memory.buffer ? { bytes: list.length } : list;
  const fileCount = pastLast - firstFile;
  const pins = pinsOf(plan, firstFile, pastLast);
  const task = {
    kind: 'frame',
    bytes: frame.bytes,
    memory,
    headBytes,
    fileList,
    fileCount,
    ...pins,
  } as const;
  return { task, firstFile };
}

function pinsOf({ pins, positions }: ShardPlan, from: number, to: number): Pick<FrameTask, 'pins'> {
  if (pins === undefined || pins.size === 0) return {};
  const own = new Map<number, string>();
  for (let i = from; i < to; i++) {
    const pin = pins.get(positions[i]!);
    if (pin !== undefined) own.set(i - from, pin);
  }
  return own.size === 0 ? {} : { pins: own };
}

function headerBytes(plan: ShardPlan, index: number): number {
  return fileMembers(plan).bytes[index]! - paddedBytes(plan.sizeBytes[index]!);
}

function fileMembers({ members }: ShardPlan): FileMembers {
  assert(members !== null, 'only with payload file a shard has files');
  return members;
}

function* largeFileTasks(plan: ShardPlan, index: number, firstFrame: number): Generator<PlannedTask> {
  const file = fileMembers(plan).file(index);
  const bytes = fileMembers(plan).bytes[index]!;
  plan.columns.frame[index] = firstFrame;
  plan.columns.frameOffset[index] = headerBytes(plan, index);
  const pin = plan.pins?.get(plan.positions[index]!) ?? null;
  const whole = bytes <= WHOLE_FRAMES_MAX * plan.frameBytes;
  if (whole) {
    yield { task: { kind: 'pieces', file, from: 0, to: bytes, whole, pin }, firstFile: index };
    return;
  }
  const step = PIECE_FRAMES * plan.frameBytes;
  yield { task: { kind: 'digest', file, spanBytes: step, pin }, firstFile: index };
  for (let from = 0; from < bytes; from += step)
    yield {
      task: { kind: 'pieces', file, from, to: Math.min(from + step, bytes), whole, pin },
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
