import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitDue } from '../../src/streams/gate.ts';
import type { Micros } from '../../src/model/micros.ts';
import { LogBuilder } from '../support/log-builder.ts';
import { SEED } from '../support/seed.ts';

const at = (value: number) => value as Micros;

function entriesWithClocks(clocks: readonly number[]) {
  const log = new LogBuilder();
  for (const clock of clocks) log.row(`u${clock}`, 0, { clock: at(clock) });
  return log.entries;
}

describe('splitDue', () => {
  test('lets an entry pass exactly when its clock plus hold is reached', () => {
    const entries = entriesWithClocks([10]);
    expect(splitDue({ entries, now: at(14), holdMicros: 5 }).due).toEqual([]);
    expect(splitDue({ entries, now: at(15), holdMicros: 5 }).due).toEqual(entries);
  });

  test('says when the first waiting entry is due', () => {
    const entries = entriesWithClocks([10, 20, 30]);
    const { due, waiting, dueAt } = splitDue({ entries, now: at(15), holdMicros: 5 });
    expect([due.length, waiting.length, dueAt]).toEqual([1, 2, 25]);
  });

  test('keeps log order: an older entry behind one that waits, waits too', () => {
    const entries = entriesWithClocks([10, 99, 11]);
    expect(splitDue({ entries, now: at(50), holdMicros: 0 }).waiting).toEqual(entries.slice(1));
  });

  test('does not wait for a clock that is more than a day ahead of ours, nor lets what stands behind it wait', () => {
    const day = 86_400_000_000;
    const entries = entriesWithClocks([day + 51, 10]);
    expect(splitDue({ entries, now: at(50), holdMicros: 5 }).due).toEqual(entries);
    expect(splitDue({ entries, now: at(51), holdMicros: 5 }).waiting).toEqual(entries);
  });

  test('has nothing to wait for when everything is due, or nothing is there', () => {
    const none = splitDue({ entries: [], now: at(0), holdMicros: 5 });
    expect(none).toEqual({ due: [], waiting: [], dueAt: null });
    const entries = entriesWithClocks([1, 2]);
    expect(splitDue({ entries, now: at(50), holdMicros: 5 }).dueAt).toBeNull();
  });

  test('loses nothing, and lets pass only what is due', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 })),
        fc.integer({ min: -60, max: 120 }),
        fc.nat(50),
        (clocks, now, holdMicros) => {
          const entries = entriesWithClocks(clocks);
          const { due, waiting, dueAt } = splitDue({ entries, now: at(now), holdMicros });
          expect([...due, ...waiting]).toEqual(entries);
          expect(due.every(({ clock }) => clock + holdMicros <= now)).toBe(true);
          expect(dueAt).toBe(waiting.length === 0 ? null : waiting[0]!.clock + holdMicros);
          expect(dueAt === null || dueAt > now).toBe(true);
        },
      ),
      { seed: SEED },
    );
  });
});
