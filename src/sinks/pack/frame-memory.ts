import { compressedBytesMax } from '../zstd.ts';

/** Memory that main thread and workers see at once: a task goes to a worker in it, and its frame comes back in it. */
export type FrameMemory = Uint8Array<SharedArrayBuffer>;

/** Room for the files of a frame, with locations of a hundred characters some eight hundred. */
const FILE_LIST_BYTES = 128 * 1024;

/** @returns memory for a frame of so many bytes before compression, and its list of files. */
export function createFrameMemory(frameBytes: number): FrameMemory {
  const bytes = Math.max(frameBytes + FILE_LIST_BYTES, compressedBytesMax(frameBytes));
  return new Uint8Array(new SharedArrayBuffer(bytes));
}

/** The same memory as a Buffer. */
export function asBuffer(memory: FrameMemory): Buffer {
  return Buffer.from(memory.buffer, memory.byteOffset, memory.length);
}
