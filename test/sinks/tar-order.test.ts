import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IndexColumns } from '../../src/sinks/format/index-columns.ts';
import { TarOrder } from '../../src/sinks/read/tar-order.ts';
import { runs } from '../support/fuzz-runs.ts';

interface Entry {
  readonly uid: string;
  readonly frame: number;
  readonly offset: number;
}

function pageOf(entries: readonly Entry[]): IndexColumns {
  const ends: number[] = [];
  for (const { uid } of entries) ends.push((ends.at(-1) ?? 0) + uid.length);
  const zeros = new Float64Array(entries.length);
  return {
    ...{ count: entries.length, createdAt: zeros, sizeBytes: zeros, sha256: null },
    frame: Uint32Array.from(entries, ({ frame }) => frame),
    frameOffset: Uint32Array.from(entries, ({ offset }) => offset),
    uidBytes: Buffer.from(entries.map(({ uid }) => uid).join('')),
    uidEnds: Uint32Array.from(ends),
  };
}

test('entries come by their place, and of each uid all but the first are repeated', () => {
  const frame = fc.oneof({ weight: 9, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(2 ** 32 - 1) });
  const entry = fc.record({ uid: fc.constantFrom('a', 'b', 'bb', 'c', 'd'), frame, offset: fc.nat(50) });
  // No two members stand in one place.
  const entries = fc.uniqueArray(entry, { selector: (e) => `${e.frame} ${e.offset}`, maxLength: 40 });
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 9 }), (found, pageRows) => {
      const index = [...found].sort((a, b) => (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0));
      const pages = [];
      for (let at = 0; at < index.length; at += pageRows) pages.push(pageOf(index.slice(at, at + pageRows)));
      const order = new TarOrder(pages);
      const seen = new Set<string>();
      const expected = [...index]
        .sort((a, b) => a.frame - b.frame || a.offset - b.offset)
        .map(({ uid, frame: of, offset }) => {
          const isRepeated = seen.has(uid);
          seen.add(uid);
          return { of, offset, isRepeated };
        });
      const got = expected.map((_, i) => {
        const [page, at] = [order.page(i), order.at(i)];
        return { of: page.frame[at], offset: page.frameOffset[at], isRepeated: order.isRepeated(i) };
      });
      expect(order.count).toBe(index.length);
      expect(got).toEqual(expected);
    }),
    runs(300),
  );
});
