import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uidAt } from '../../src/sinks/format/index-columns.ts';
import type { IndexColumns } from '../../src/sinks/format/index-columns.ts';
import { tarColumns } from '../../src/sinks/read/tar-columns.ts';
import { runs } from '../support/fuzz-runs.ts';

interface Entry {
  readonly uid: string;
  readonly frame: number;
  readonly offset: number;
}

/** So that an entry can be known by any of its columns. */
const markOf = ({ uid, frame, offset }: Entry): string =>
  createHash('sha256').update(`${uid} ${frame} ${offset}`).digest('hex');
const numberOf = (entry: Entry): number => parseInt(markOf(entry).slice(0, 12), 16);

/** @param shift of the digests in their memory: a reader gets them anywhere in a page. */
function pageOf(entries: readonly Entry[], shift: number): IndexColumns {
  const ends: number[] = [];
  for (const { uid } of entries) ends.push((ends.at(-1) ?? 0) + uid.length);
  const sha256 = Buffer.alloc(shift + 32 * entries.length).subarray(shift);
  for (const [at, entry] of entries.entries()) sha256.write(markOf(entry), 32 * at, 'hex');
  return {
    ...{ count: entries.length, sha256 },
    createdAt: Float64Array.from(entries, numberOf),
    sizeBytes: Float64Array.from(entries, (entry) => -numberOf(entry)),
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
    fc.property(entries, fc.integer({ min: 1, max: 9 }), fc.nat(7), (found, pageRows, shift) => {
      const index = [...found].sort((a, b) => (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0));
      const pages = [];
      for (let at = 0; at < index.length; at += pageRows)
        pages.push(pageOf(index.slice(at, at + pageRows), shift));
      const { columns, repeated } = tarColumns(pages);
      const seen = new Set<string>();
      const expected = [...index]
        .sort((a, b) => a.frame - b.frame || a.offset - b.offset)
        .map((found) => {
          const isRepeated = seen.has(found.uid);
          seen.add(found.uid);
          return { ...found, mark: markOf(found), number: numberOf(found), isRepeated };
        });
      const got = expected.map((_, at) => ({
        uid: uidAt(columns, at).toString(),
        frame: columns.frame[at],
        offset: columns.frameOffset[at],
        mark: columns.sha256?.toString('hex', 32 * at, 32 * (at + 1)),
        number: columns.createdAt[at],
        isRepeated: repeated[at] === 1,
      }));
      expect(columns.count).toBe(index.length);
      expect(got).toEqual(expected);
      expect(Array.from(columns.sizeBytes, (size) => -size)).toEqual(Array.from(columns.createdAt));
    }),
    runs(300),
  );
});
