import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addUid,
  closeRow,
  isIntact,
  rowBytes,
  rowOf,
  sectionsWith,
} from '../../../src/sinks/filter/filter-bits.ts';
import { planFilter } from '../../../src/sinks/filter/filter-shape.ts';
import { hashUid } from '../../../src/sinks/filter/uid-hash.ts';
import { uidToBytes } from '../../../src/sinks/format/uid-bytes.ts';
import { runs } from '../../support/fuzz-runs.ts';
import { SEED } from '../../support/seed.ts';

/** A filter over shards with these uids, and what it answers. */
function filterOf(shards: readonly (readonly string[])[]) {
  const plan = planFilter(shards.map((uids) => uids.length));
  const bits = Buffer.alloc(plan.rows * rowBytes(plan));
  const sectionOf = (shard: number) => plan.sectionEnds.findIndex((end) => shard < end);
  for (const [shard, uids] of shards.entries())
    for (const uid of uids) addUid(bits, plan, { uid: hashUid(uidToBytes(uid)), section: sectionOf(shard) });
  for (let row = 0; row < plan.rows; row++) closeRow(bits, plan, row);
  const rowAt = (row: number) => bits.subarray(row * rowBytes(plan), (row + 1) * rowBytes(plan));
  const ask = (uid: string): number[] => {
    const hash = hashUid(uidToBytes(uid));
    const row = rowOf(hash, plan);
    if (!isIntact(rowAt(row), row)) throw new Error(`row ${row} has not its checksum`);
    return sectionsWith(rowAt(row), plan, hash);
  };
  return { plan, bits, sectionOf, rowAt, ask };
}

describe('a uid filter', () => {
  test('fuzz: points to the section of every uid that was put in', () => {
    const uid = fc.oneof(fc.string(), fc.constantFrom('', '\ud800', '\u00fcber', '\u{1f600}'));
    fc.assert(
      fc.property(fc.array(fc.array(uid, { maxLength: 15 }), { maxLength: 12 }), (shards) => {
        const { ask, sectionOf, plan } = filterOf(shards);
        expect(plan.sectionEnds.at(-1)).toBe(shards.length);
        const missed = shards.flatMap((uids, shard) =>
          uids.filter((each) => !ask(each).includes(sectionOf(shard))),
        );
        expect(missed).toEqual([]);
      }),
      runs(25),
    );
  });

  test.each([
    { shards: 1, sections: 1, bits: 11 },
    { shards: 3, sections: 3, bits: 15 },
    { shards: 30, sections: 8, bits: 17 },
  ])(
    'of $shards shards is wrong about one uid in a hundred at most, with $sections sections',
    ({ shards, sections, bits }) => {
      const uids = Math.floor(12_000 / shards);
      const made = filterOf(
        Array.from({ length: shards }, (_, shard) =>
          Array.from({ length: uids }, (__, i) => `${SEED}-${shard}-${i}`),
        ),
      );
      const asked = 10_000;
      let wrong = 0;
      for (let i = 0; i < asked; i++) if (made.ask(`other-${SEED}-${i}`).length > 0) wrong++;
      expect(made.plan.sections).toBe(sections);
      // A hundredth, and four times the spread of such a count.
      expect(wrong).toBeLessThan(asked / 100 + 4 * Math.sqrt(asked / 100));
      const perUid = (made.bits.length * 8) / (uids * shards);
      // The checksums of the rows come on top, and sections that are not quite equal.
      expect(perUid).toBeLessThan(bits * 1.25);
    },
  );

  test('has the same bits for ever', () => {
    const { bits } = filterOf([
      ['one', 'two', ''],
      ['drei', '\u00fcber', '7'],
    ]);
    expect(createHash('sha256').update(bits).digest('hex')).toBe(
      'dcfeb38fce3708c7be9adff7728b100e3a86e0652e026a507b6ce254f504abbb',
    );
  });

  test('notices a changed bit, and a row in the place of another', () => {
    const { rowAt, plan } = filterOf([Array.from({ length: 500 }, (_, i) => `uid ${i}`)]);
    expect(plan.rows).toBeGreaterThan(2);
    expect(isIntact(rowAt(1), 0)).toBe(false);
    const row = Buffer.from(rowAt(1));
    row[7]! ^= 0x10;
    expect(isIntact(row, 1)).toBe(false);
  });
});

describe('the sections of a filter', () => {
  test('have about equal numbers of uids, each a shard at least', () => {
    expect(planFilter([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]).sectionEnds).toEqual([
      2, 4, 6, 8, 10, 12, 14, 16,
    ]);
    expect(planFilter([1, 1, 1]).sectionEnds).toEqual([1, 2, 3]);
  });

  test('are fewer beside a very large shard, which would make the others as long as itself', () => {
    expect(planFilter([1_000_000, 1, 1, 1]).sectionEnds).toEqual([4]);
    expect(planFilter([]).sectionEnds).toEqual([0]);
    expect(planFilter([0, 0])).toMatchObject({ rows: 1 });
  });

  test('fuzz: cover every shard in order and never take more than 32 MiB', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50_000_000 }), { maxLength: 40 }), (uids) => {
        const plan = planFilter(uids);
        expect(plan.sectionEnds.at(-1)).toBe(uids.length);
        expect([...plan.sectionEnds].sort((a, b) => a - b)).toEqual(plan.sectionEnds);
        expect(plan.rows * rowBytes(plan)).toBeLessThanOrEqual(32 * 1024 * 1024);
        expect(plan.sections).toBeLessThanOrEqual(8);
      }),
      runs(100),
    );
  });
});
