import type { Micros } from '../model/micros.ts';

/** The wall clock. Only the gate, logs and metrics may ask it: it decides *when*, never *what*. */
export interface Clock {
  now(): Micros;
}

export const systemClock: Clock = { now: () => (Date.now() * 1000) as Micros };
