import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

/** What a fault breaks; two that break the same never run at once. */
export type Target = 'capture' | 'archive' | 'kafka' | 'postgres' | 'sink';

/** Undoes what a fault did. */
export type Heal = () => Promise<void> | void;

/** One way in which things go wrong. */
export interface Fault {
  readonly name: string;
  /** For `--help`: a line for people. */
  readonly what: string;
  readonly targets: readonly Target[];
  /** How long it lasts, from least to most. */
  readonly holdMs: readonly [number, number];
  /** How long what it broke needs to recover, about: the schedule leaves that much room. */
  readonly settleMs: number;
  /** Breaks something. @returns what mends it; nothing when that happens by itself. */
  run(world: World, random: Random): Promise<Heal | undefined>;
}
