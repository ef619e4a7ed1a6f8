import type { Micros } from './micros.ts';

/** `(start, end]` of created_at: a row exactly at `end` belongs to it, one exactly at `start` to the window before. */
export interface Window {
  readonly start: Micros;
  readonly end: Micros;
}

/** The end of the window that holds `createdAt`: the least multiple of the size that is not below it. */
export function windowEnd(createdAt: Micros, sizeMicros: number): Micros {
  const rest = createdAt % sizeMicros;
  if (rest === 0) return createdAt;
  return (rest > 0 ? createdAt - rest + sizeMicros : createdAt - rest) as Micros;
}

export function windowOf(createdAt: Micros, sizeMicros: number): Window {
  const end = windowEnd(createdAt, sizeMicros);
  return { start: (end - sizeMicros) as Micros, end };
}

/** The greatest multiple of the size that is not above `time`: `cutoff = floor(now − lag, window.size)`. */
export function floorToWindow(time: Micros, sizeMicros: number): Micros {
  const rest = time % sizeMicros;
  return (rest < 0 ? time - rest - sizeMicros : time - rest) as Micros;
}

/** The end of the first window that a watermark has not reached. */
export function nextWindowEnd(watermark: Micros, sizeMicros: number): Micros {
  return (floorToWindow(watermark, sizeMicros) + sizeMicros) as Micros;
}
