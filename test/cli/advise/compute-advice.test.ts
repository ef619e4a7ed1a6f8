import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEEDS } from '../../../src/cli/advise/advice.ts';
import type { Need, Strategy } from '../../../src/cli/advise/advice.ts';
import { computeAdvice } from '../../../src/cli/advise/compute-advice.ts';
import { describeAdvice } from '../../../src/cli/advise/describe-advice.ts';
import type { AdviseFacts, ColumnFacts } from '../../../src/cli/advise/facts.ts';
import { SEED } from '../../support/seed.ts';

const MILLION = 1_000_000;

function facts(given: Partial<AdviseFacts> = {}): AdviseFacts {
  return {
    table: 'public.files',
    rows: 10 * MILLION,
    growth: { rowsPerDay: 1_000, source: 'histogram' },
    size: { tableBytes: 2e9, indexBytes: 1e9, indexes: 3, fillfactor: 100 },
    counters: null,
    order: 1,
    column: null,
    updateTriggers: [],
    updatePublications: [],
    sample: { rows: 100, hotRows: 0, walBytes: 30_000, walPages: 2, durationMs: 5, ofColumn: true },
    unknown: [],
    ...given,
  };
}

const column: ColumnFacts = { name: 'archived', type: 'boolean', indexes: ['left'], dependants: [] };
const viewed: ColumnFacts = { ...column, dependants: [{ kind: 'view', name: 'open_files' }] };

const anyFacts: fc.Arbitrary<AdviseFacts> = fc.record({
  table: fc.constant('public.files'),
  rows: fc.option(fc.integer({ min: 0, max: 5e9 })),
  growth: fc.option(
    fc.record({
      rowsPerDay: fc.double({ min: 0, max: 1e9, noNaN: true }),
      source: fc.constantFrom('counters' as const, 'histogram' as const),
    }),
  ),
  size: fc.record({
    tableBytes: fc.integer({ min: 0, max: 1e12 }),
    indexBytes: fc.integer({ min: 0, max: 1e12 }),
    indexes: fc.integer({ min: 0, max: 9 }),
    fillfactor: fc.constantFrom(50, 90, 100),
  }),
  counters: fc.constant(null),
  order: fc.option(fc.double({ min: -1, max: 1, noNaN: true })),
  column: fc.constantFrom(null, column, viewed, { ...viewed, indexes: [] }),
  updateTriggers: fc.constantFrom([], ['touch']),
  updatePublications: fc.constantFrom([], ['all']),
  sample: fc.option(
    fc.record({
      rows: fc.integer({ min: 1, max: 10_000 }),
      hotRows: fc.constant(0),
      walBytes: fc.integer({ min: 0, max: 1e8 }),
      walPages: fc.nat(100),
      durationMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
      ofColumn: fc.boolean(),
    }),
  ),
  unknown: fc.constantFrom([], ['something']),
});
const anyNeeds = fc.subarray([...NEEDS]).map((needs) => new Set<Need>(needs));
const check = (property: fc.IProperty<[AdviseFacts, Set<Need>]>) => fc.assert(property, { seed: SEED });

describe('the advice', () => {
  const small = facts();
  const many = facts({ rows: 200 * MILLION });
  const growing = facts({ growth: { rowsPerDay: MILLION, source: 'counters' } });
  const slow = facts({ sample: { ...small.sample!, durationMs: 1e7 } });
  const logging = facts({ sample: { ...small.sample!, walBytes: 2e9 } });
  const unknown = facts({ rows: null, growth: null, order: null, sample: null });
  const withColumn = (of: AdviseFacts, found: ColumnFacts) => ({ ...of, column: found });

  it.each<[string, AdviseFacts, Need[], Strategy]>([
    ['a small table without the column', small, [], 'watermark'],
    ['a large table without the column', many, [], 'watermark'],
    ['a column that nothing depends on', withColumn(many, column), [], 'watermark'],
    ['a small table with a view on the column', withColumn(small, viewed), [], 'per-record'],
    ['a large table with a view on the column', withColumn(many, viewed), [], 'hybrid'],
    ['one that will be large within a year', withColumn(growing, viewed), [], 'hybrid'],
    ['one whose UPDATEs would take a tenth of the day', withColumn(slow, viewed), [], 'hybrid'],
    ['one whose UPDATEs would write 10 GiB of WAL a day', withColumn(logging, viewed), [], 'hybrid'],
    ['one of which nothing is known', withColumn(unknown, viewed), [], 'hybrid'],
    ['an audit of a small table', small, ['audit'], 'per-record'],
    ['an audit of a large table', many, ['audit'], 'hybrid'],
    ['readers outside of a large table', many, ['column'], 'hybrid'],
    ['single retries in a small table', small, ['retry'], 'per-record'],
    ['single retries in a large table', many, ['retry'], 'watermark'],
    ['any order, however large', many, ['any-order'], 'per-record'],
  ])('for %s fits the matrix', (_, given, needs, strategy) => {
    expect(computeAdvice(given, new Set(needs)).strategy).toBe(strategy);
  });

  it('never goes from the watermark to one UPDATE a row because the table has more rows', () => {
    check(
      fc.property(anyFacts, anyNeeds, (given, needs) => {
        const before = computeAdvice(given, needs).strategy;
        const after = computeAdvice({ ...given, rows: given.rows === null ? null : given.rows * 10 }, needs);
        if (before !== 'per-record') expect(after.strategy).not.toBe('per-record');
      }),
    );
  });

  it('sets the column only where it is needed, and in any order only row by row', () => {
    check(
      fc.property(anyFacts, anyNeeds, (given, needs) => {
        const { strategy } = computeAdvice(given, needs);
        const isNeeded =
          needs.has('column') || needs.has('audit') || (given.column?.dependants.length ?? 0) > 0;
        if (needs.has('any-order')) expect(strategy).toBe('per-record');
        else if (isNeeded) expect(strategy).not.toBe('watermark');
        else if (!needs.has('retry')) expect(strategy).toBe('watermark');
      }),
    );
  });

  it('has a reason for what it says, and every doubt of the facts in it', () => {
    check(
      fc.property(anyFacts, anyNeeds, (given, needs) => {
        const advice = computeAdvice(given, needs);
        const favoured = advice.reasons.map(({ favours }) => favours);
        expect(favoured).toContain(advice.strategy);
        expect(advice.unknown).toEqual(expect.arrayContaining([...given.unknown]));
        expect(advice.unknown.length).toBe(given.unknown.length + NEEDS.length - needs.size);
        const text = describeAdvice(advice);
        for (const { what } of advice.reasons) expect(text).toContain(what);
        expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
      }),
    );
  });

  it('reckons the cost from the sample, else from the sizes and whether an UPDATE can be HOT', () => {
    expect(computeAdvice(small, new Set()).cost).toEqual({
      ...{ source: 'sample', walBytesPerRow: 300, msPerRow: 0.05 },
      ...{ walBytesPerDay: 300_000, secondsPerDay: 0.05, walBytesOfAll: 3e9 },
    });
    const estimated = (of: AdviseFacts) =>
      computeAdvice({ ...of, sample: null }, new Set()).cost.walBytesPerRow;
    // 200 bytes a row and 70 of the record; 100 bytes of index entries and 3 records more where it is not HOT.
    expect(estimated(small)).toBe(580);
    const roomy = { ...small.size, fillfactor: 80 };
    expect(estimated(facts({ size: roomy, column: { ...column, indexes: [] } }))).toBe(270);
    expect(estimated(facts({ size: roomy, column }))).toBe(580);
  });
});
