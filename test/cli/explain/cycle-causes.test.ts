import { describe, expect, it } from 'vitest';
import { computeCycleExplanation } from '../../../src/cli/explain/compute-explanation.ts';
import { describeExplanation } from '../../../src/cli/explain/describe-explanation.ts';
import type { Cause } from '../../../src/cli/explain/explanation.ts';
import type { CycleFacts, CyclePostgresFacts, CycleTableFacts } from '../../../src/cli/explain/facts.ts';
import { MICROS_PER_SECOND } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';

/** Seconds since the start of an hour; windows of 60 s, lag 300 s. Now is 3,400: 3,060 is due. */
const at = (seconds: number): Micros =>
  (1_000_000 * 3_600 * MICROS_PER_SECOND + seconds * MICROS_PER_SECOND) as Micros;

const TRANSACTION = {
  ...{ pid: 4711, gid: null, xid: null, since: at(2_990), user: 'app', application: 'nightly' },
  state: 'idle in transaction',
};

function facts(changes: {
  readonly table?: Partial<CycleTableFacts>;
  readonly postgres?: Partial<CyclePostgresFacts> | 'away';
}): CycleFacts {
  const { table, postgres } = changes;
  const away = { code: 'ERR_POSTGRES_UNREACHABLE', detail: 'connect: refused', remedy: 'Start it.' };
  const found = { open: { transactions: [], isPartial: false }, unmet: [] };
  return {
    now: at(3_400),
    marks: { intervalMs: 1_000, holdbackMaxMs: 600_000 },
    postgres: postgres === 'away' ? { problem: away } : { value: { ...found, ...postgres } },
    tables: [
      {
        ...{ table: 'public.files', archivedUntil: at(2_940), holders: [] },
        ...{ sizeMicros: 60 * MICROS_PER_SECOND, lagMicros: 300 * MICROS_PER_SECOND },
        ...table,
      },
    ],
  };
}

const causesOf = (changes: Parameters<typeof facts>[0]): readonly Cause[] =>
  computeCycleExplanation('t', facts(changes)).causes;

describe('what keeps cycles from archiving', () => {
  it('is nothing while no window is due', () => {
    const explanation = computeCycleExplanation('t', facts({ table: { archivedUntil: at(3_060) } }));
    expect(explanation.causes).toEqual([]);
    expect(describeExplanation(explanation)).toContain('nothing: next window due in 20 s');
  });

  it('is that no cycle runs, when windows are due', () => {
    expect(causesOf({})).toEqual([
      {
        ...{ code: 'cycle-due', table: 'public.files', partition: null, holds: true },
        detail: expect.stringContaining('are due, the first for 1 min 40 s, and no cycle runs') as string,
        remedy: expect.stringContaining('tidemark run-cycle --continuous') as string,
      },
    ]);
  });

  it('is nothing but time while a cycle is at work', () => {
    const holders = [{ pid: 42, application: 'tidemark-cycle t' }];
    expect(causesOf({ table: { holders } })).toMatchObject([
      {
        code: 'cycle-running',
        detail: expect.stringContaining('session 42 (tidemark-cycle t) is at work') as string,
      },
    ]);
  });

  it('is a transaction whose rows may fall into the next window', () => {
    const open = { transactions: [TRANSACTION], isPartial: false };
    expect(causesOf({ postgres: { open } })).toMatchObject([
      { code: 'transaction', remedy: expect.stringContaining('pg_terminate_backend(4711)') as string },
    ]);
  });

  it.each([
    ['begun after the window', at(3_001)],
    ['older than holdbackMax', at(2_700)],
  ])('is no transaction that is %s', (_what, since) => {
    const open = { transactions: [{ ...TRANSACTION, since }], isPartial: false };
    expect(causesOf({ postgres: { open } })).toMatchObject([{ code: 'cycle-due' }]);
  });

  it('may be a transaction that this role must not see', () => {
    const open = { transactions: [], isPartial: true };
    expect(causesOf({ postgres: { open } })).toMatchObject([
      { code: 'transaction', remedy: expect.stringContaining('pg_read_all_stats') as string },
    ]);
  });

  it('is the row that is missing', () => {
    expect(causesOf({ table: { archivedUntil: null } })).toMatchObject([
      { code: 'row-missing', remedy: 'tidemark init --batch' },
    ]);
  });

  it('is what the table lacks, before anything else', () => {
    const unmet = [
      {
        name: 'table.public.files.uid',
        ok: false,
        severity: 'error' as const,
        detail: 'no index',
        remedy: null,
      },
    ];
    expect(causesOf({ postgres: { unmet } })).toMatchObject([
      { code: 'requirement-missing', detail: 'table.public.files.uid: no index' },
      { code: 'cycle-due' },
    ]);
  });

  it('is Postgres alone when it is away', () => {
    expect(causesOf({ postgres: 'away', table: { archivedUntil: null } })).toMatchObject([
      { code: 'postgres-away', remedy: 'Start it.' },
    ]);
  });
});
