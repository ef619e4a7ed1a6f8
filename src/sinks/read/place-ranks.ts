import type { IndexColumns } from '../format/index-columns.ts';
import { addUp } from './add-up.ts';

type Places = readonly Pick<IndexColumns, 'count' | 'frame' | 'frameOffset'>[];

/** By entry in the order of the index: how many entries stand before it in the tar stream. */
export function placeRanks(pages: Places): Uint32Array {
  const count = pages.reduce((sum, page) => sum + page.count, 0);
  const frames = new Uint32Array(count);
  const offsets = new Uint32Array(count);
  let first = 0;
  for (const page of pages) {
    frames.set(page.frame.subarray(0, page.count), first);
    offsets.set(page.frameOffset.subarray(0, page.count), first);
    first += page.count;
  }
  const [lastFrame, lastOffset] = [greatestOf(frames), greatestOf(offsets)];
  // An index that was forged may name any frame and offset.
  if (lastFrame > count || (lastOffset + 1) * count > Number.MAX_SAFE_INTEGER)
    return ranksOf(
      Uint32Array.from(frames.keys()).sort((a, b) => frames[a]! - frames[b]! || offsets[a]! - offsets[b]!),
    );
  return ranksOf(countedOrder(frames, offsets, lastFrame));
}

/** First by frame, counted; then in each frame, as numbers made of offset and entry: a comparison costs many times more. */
function countedOrder(frames: Uint32Array, offsets: Uint32Array, lastFrame: number): Uint32Array {
  // Where the next entry of each frame goes: at last the frame's end.
  const ends = beginsOf(frames, lastFrame);
  const keys = new Float64Array(frames.length);
  putKeys(frames, offsets, ends, keys);
  let begin = 0;
  for (const end of ends) {
    if (end - begin > 1) keys.subarray(begin, end).sort();
    begin = end;
  }
  return entriesOf(keys);
}

function beginsOf(frames: Uint32Array, lastFrame: number): Uint32Array {
  const begins = new Uint32Array(lastFrame + 2);
  for (let entry = 0; entry < frames.length; entry++) begins[frames[entry]! + 1]!++;
  addUp(begins);
  return begins.subarray(0, lastFrame + 1);
}

function putKeys(frames: Uint32Array, offsets: Uint32Array, next: Uint32Array, keys: Float64Array): void {
  const { length: count } = keys;
  for (let entry = 0; entry < count; entry++) keys[next[frames[entry]!]!++] = offsets[entry]! * count + entry;
}

/** Remainders by how many they are; `%` of numbers so large takes longer than to sort them. */
function entriesOf(keys: Float64Array): Uint32Array {
  const { length: count } = keys;
  const entries = new Uint32Array(count);
  for (let i = 0; i < count; i++) entries[i] = keys[i]! - Math.floor(keys[i]! / count) * count;
  return entries;
}

function ranksOf(order: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) ranks[order[i]!] = i;
  return ranks;
}

function greatestOf(numbers: Uint32Array): number {
  let greatest = 0;
  for (const number of numbers) if (number > greatest) greatest = number;
  return greatest;
}
