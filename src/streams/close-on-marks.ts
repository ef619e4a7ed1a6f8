import { defer, filter, map, mergeMap } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { CommitUnit } from '../model/commit-unit.ts';
import type { PlacedEntry } from './assign-to-window.ts';
import { Gathering } from './gathering.ts';
import type { GatheringOptions } from './gathering.ts';

/**
 * Gathers rows into windows and closes those that a mark allows: window end E at the first mark with
 * T ≥ E + lateness. What comes out depends on the log and the progress alone, so that a replay from any unit's
 * progress gives the same units as before.
 *
 * @throws TidemarkError ERR_WINDOWS_FULL (as the stream's error) when more windows are open than can be held.
 */
export function closeOnMarks(options: GatheringOptions): OperatorFunction<PlacedEntry, CommitUnit> {
  return (placed) =>
    defer(() => {
      const gathering = new Gathering(options);
      return placed.pipe(
        map((entry) => gathering.take(entry)),
        filter((units) => units.length > 0),
        mergeMap((units) => units),
      );
    });
}
