import type { Micros } from '../model/micros.ts';
import type { Entry } from '../model/row.ts';
import { windowOf } from '../model/window.ts';

export interface WindowRows {
  readonly end: Micros;
  readonly rows: number;
}

/** How many rows of a batch belong to which window. Neighbours mostly share one, so few divisions are made. Pure. */
export function countByWindow(entries: readonly Entry[], sizeMicros: number): readonly WindowRows[] {
  const counts = new Map<Micros, number>();
  let [window, rows] = [{ start: 0, end: 0 } as { start: number; end: Micros }, 0];
  const note = (): void => {
    if (rows > 0) counts.set(window.end, (counts.get(window.end) ?? 0) + rows);
  };
  for (const entry of entries) {
    if (entry.kind !== 'row') continue;
    if (entry.createdAt <= window.start || entry.createdAt > window.end) {
      note();
      [window, rows] = [windowOf(entry.createdAt, sizeMicros), 0];
    }
    rows++;
  }
  note();
  return [...counts].map(([end, count]) => ({ end, rows: count }));
}
