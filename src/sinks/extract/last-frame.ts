import type { FrameTable } from '../read/frame-table.ts';
import type { ContentPlace } from './piece.ts';

/** The frame in which a content ends; one behind the last frame when it does not end in any. */
export function lastFrameOf(place: ContentPlace, frames: Pick<FrameTable, 'at'>): number {
  let number = place.frame;
  let rest = place.sizeBytes + place.frameOffset;
  for (let frame = frames.at(number); frame !== undefined; frame = frames.at(number)) {
    rest -= frame.contentBytes;
    if (rest <= 0) return number;
    number++;
  }
  return number;
}
