import { micros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';

/** How far a stream of deliveries has come. With it, and what the log holds from `needed` on, the stream goes on exactly. */
export interface StreamPosition {
  /** The oldest event that says something which is not delivered yet. */
  readonly needed: Offset;
  /** Events before it are done. */
  readonly next: Offset;
  /** Deliveries of the event at `next` that are done. */
  readonly done: number;
  /** Windows that end at or before it are done; null while it is not known which windows were seen from their beginning. */
  readonly floor: Micros | null;
}

/** A floor that no window is below. */
export const BEFORE_ALL = micros(Number.MIN_SAFE_INTEGER);

const FORM = /^1:(\d+):(\d+):(\d+):(-?\d+|-)$/;

/** As it stands beside the committed offset, and beside a subscriber's own data. */
export function encodePosition({ needed, next, done, floor }: StreamPosition): string {
  return `1:${needed}:${next}:${done}:${floor ?? '-'}`;
}

/** @returns undefined for what is no position. */
export function decodePosition(text: string): StreamPosition | undefined {
  const [, needed, next, done, floor] = FORM.exec(text) ?? [];
  if (needed === undefined || next === undefined || done === undefined || floor === undefined)
    return undefined;
  const numbers = [needed, next, done, ...(floor === '-' ? [] : [floor])].map(Number);
  if (!numbers.every(Number.isSafeInteger) || Number(needed) > Number(next)) return undefined;
  return {
    needed: offset(needed),
    next: offset(next),
    done: Number(done),
    floor: floor === '-' ? null : micros(Number(floor)),
  };
}
