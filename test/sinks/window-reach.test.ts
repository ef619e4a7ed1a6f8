import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MICROS_PER_DAY } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { manifestName } from '../../src/model/shard.ts';
import { windowOf } from '../../src/model/window.ts';
import { earliestStart, mayReach, windowEndOf } from '../../src/sinks/read/window-reach.ts';
import { runs } from '../support/fuzz-runs.ts';

/** Every kind of size that the configuration takes: parts of a day, a day, several. */
const sizes = fc.oneof(
  fc.constantFrom(1, 3, 7, 24, 96, 1_440, 86_400, 86_400_000, 675).map((parts) => MICROS_PER_DAY / parts),
  fc.integer({ min: 1, max: 32 }).map((days) => days * MICROS_PER_DAY),
);
const sized = sizes.filter((size) => Number.isSafeInteger(size));
const times = fc.integer({ min: -(2 ** 52), max: 2 ** 52 }).map((time) => time as Micros);

function nameOf(window: { readonly start: Micros; readonly end: Micros }): string {
  const place = { table: 'public.files', partition: 3, partitionCount: 40 };
  return manifestName({ ...place, window, kind: 'window', firstOffset: null });
}

describe('the name of a manifest', () => {
  test('says when its window ends, and rules out no window that it can have', () => {
    fc.assert(
      fc.property(times, sized, (time, size) => {
        const window = windowOf(time, size);
        const name = nameOf(window);
        expect(windowEndOf(name)).toBe(window.end);
        expect(earliestStart(window.end)).toBeLessThanOrEqual(window.start);
        expect(mayReach(name, { from: time - 1, to: time })).toBe(true);
      }),
      runs(500),
    );
  });

  test('rules out nearly all windows of a day for a given time', () => {
    const minute = MICROS_PER_DAY / 1_440;
    const time = (20_000 * MICROS_PER_DAY + minute / 2) as Micros;
    const names = Array.from({ length: 1_439 }, (_, i) => {
      const end = (20_000 * MICROS_PER_DAY + (i + 1) * minute) as Micros;
      return nameOf({ start: (end - minute) as Micros, end });
    });
    expect(names.filter((name) => mayReach(name, { from: time - 1, to: time })).length).toBeLessThanOrEqual(
      36,
    );
  });

  test('that is none of ours rules out nothing', () => {
    expect(mayReach('public.files/2026/11/23/x.manifest.json', { from: 0, to: 1 })).toBe(true);
  });
});
