import { describe, expect, it } from 'vitest';
import type { TableRow } from '../../../src/capture/table-pager.ts';
import { pairRows } from '../../../src/cli/reconcile/compare-rows.ts';
import { describeReconciliation } from '../../../src/cli/reconcile/describe-reconciliation.ts';
import { isEqual } from '../../../src/cli/reconcile/reconcile-report.ts';
import { Tally } from '../../../src/cli/reconcile/tally.ts';
import type { Micros } from '../../../src/model/micros.ts';
import type { ArchivedRow } from '../../../src/sinks/read/archived-row.ts';
import { Random, SEED } from '../../support/seed.ts';

const COLUMNS = { uid: 'uid', createdAt: 'created_at', fileLocation: 'path', sizeBytes: 'bytes' };

function row(createdAt: number, uid: string, place: Partial<TableRow> = {}): TableRow {
  const [fileLocation, sizeBytes] = [`/data/${uid}`, 10];
  const at = createdAt as Micros;
  return {
    ...{ createdAt: at, localCreatedAt: at, uidBytes: Buffer.from(uid), fileLocation, sizeBytes },
    ...place,
  };
}

function archived(createdAt: number, uid: string, place: Partial<ArchivedRow> = {}): ArchivedRow {
  return {
    createdAt: createdAt as Micros,
    uidBytes: Buffer.from(uid),
    shard: 's1',
    sizeBytes: 10,
    sha256: null,
    line: Buffer.from(JSON.stringify({ path: `/data/${uid}`, bytes: 10 })),
    ...place,
  };
}

function reject(createdAt: number, uid: string): ArchivedRow {
  return archived(createdAt, uid, { shard: null, line: null });
}

async function* pagesOf<T>(items: readonly T[], pageRows: number): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += pageRows)
    yield await Promise.resolve(items.slice(at, at + pageRows));
}

async function compare(
  table: readonly TableRow[],
  archive: readonly ArchivedRow[],
  options: { watermark?: number; shown?: number; rejectedBefore?: readonly string[]; pageRows?: number } = {},
): Promise<Tally> {
  const { watermark = 1_000, shown = 20, rejectedBefore = [], pageRows = 2 } = options;
  const tally = new Tally({
    watermark: watermark as Micros,
    columns: COLUMNS,
    digester: null,
    shown,
    wasRejected: (uid) => Promise.resolve(rejectedBefore.includes(uid)),
  });
  const sides = { archived: pagesOf(archive, pageRows), table: pagesOf(table, pageRows) };
  for await (const pairs of pairRows(sides)) for (const pair of pairs) await tally.add(pair);
  return tally;
}

describe('a comparison of table and shards', () => {
  it('finds nothing where every row stands in one shard or is a reject', async () => {
    const { counts, differences } = await compare(
      [row(1, 'a'), row(1, 'b'), row(2, 'a'), row(3, 'c')],
      [archived(1, 'a'), archived(1, 'b'), reject(2, 'a'), archived(3, 'c')],
    );
    expect(counts).toMatchObject({ table: 4, archived: 3, equal: 3, rejected: 1 });
    expect(isEqual(counts)).toBe(true);
    expect(differences).toEqual([]);
  });

  it('calls a row missing that is in no shard, but not one above the watermark or rejected on its way', async () => {
    const { counts, differences } = await compare(
      [row(1, 'lost'), row(2, 'far'), row(10, 'on-the-mark'), row(11, 'young')],
      [],
      { watermark: 10, rejectedBefore: ['far'] },
    );
    expect(counts).toMatchObject({ table: 4, missing: 2, rejected: 1, notYetDue: 1 });
    expect(differences.map(({ kind, uid }) => `${kind} ${uid}`)).toEqual([
      'missing lost',
      'missing on-the-mark',
    ]);
    expect(isEqual(counts)).toBe(false);
  });

  it('calls a row extra that the table no longer has, but not a reject of a row that is gone', async () => {
    const { counts, differences } = await compare(
      [row(2, 'b')],
      [archived(1, 'a'), reject(1, 'x'), archived(2, 'b')],
    );
    expect(counts).toMatchObject({ table: 1, archived: 2, equal: 1, extra: 1, rejected: 0 });
    expect(differences).toMatchObject([{ kind: 'extra', uid: 'a', shard: 's1' }]);
  });

  it('takes rows with one uid at two times for two rows', async () => {
    const { counts } = await compare([row(1, 'a'), row(2, 'a')], [archived(2, 'a')]);
    expect(counts).toMatchObject({ equal: 1, missing: 1 });
  });

  it('finds a row that two shards hold, also when it is a reject besides', async () => {
    const { counts, differences } = await compare(
      [row(1, 'a'), row(2, 'b')],
      [archived(1, 'a'), archived(1, 'a', { shard: 's2' }), archived(2, 'b'), reject(2, 'b')],
    );
    expect(counts).toMatchObject({ archived: 3, doubled: 1, equal: 1, extra: 0 });
    expect(differences).toMatchObject([{ kind: 'doubled', uid: 'a', shard: 's2' }]);
    expect(isEqual(counts)).toBe(false);
  });

  it('takes equal keys in the table for one row, as the archive does', async () => {
    const { counts } = await compare([row(1, 'a'), row(1, 'a')], [archived(1, 'a')]);
    expect(counts).toMatchObject({ table: 1, equal: 1, extra: 0, missing: 0 });
  });

  it.each([
    ['another location', { fileLocation: '/data/elsewhere' }, {}, 'path is another'],
    ['no location any more', { fileLocation: null }, {}, 'path is another'],
    ['another size', { sizeBytes: 11 }, {}, 'bytes is another'],
    [
      'a size where there was none',
      { sizeBytes: 11 },
      { line: Buffer.from('{"path":"/data/a"}') },
      'bytes is',
    ],
    ['a file of another size in the shard', {}, { sizeBytes: 9 }, 'has 9 bytes'],
  ])('calls a row different with %s, and tells no value', async (_, now, then, what) => {
    const { counts, differences } = await compare([row(1, 'a', now)], [archived(1, 'a', then)]);
    expect(counts).toMatchObject({ different: 1, equal: 0 });
    expect(differences[0]).toMatchObject({ kind: 'different', uid: 'a' });
    expect(differences[0]!.what).toContain(what);
    expect(differences[0]!.what).not.toContain('/data');
  });

  it('reads a size that stands as text in the row', async () => {
    const line = Buffer.from('{"path":"/data/a","bytes":"10"}');
    expect((await compare([row(1, 'a')], [archived(1, 'a', { line })])).counts).toMatchObject({ equal: 1 });
  });

  it('lists the first of each kind and counts the rest', async () => {
    const lost = Array.from({ length: 5 }, (_, i) => row(i + 1, `l${i}`));
    const { counts, differences } = await compare(lost, [archived(9, 'x')], { shown: 2 });
    expect(counts).toMatchObject({ missing: 5, extra: 1 });
    expect(differences.map(({ uid }) => uid)).toEqual(['l0', 'l1', 'x']);
    const text = describeReconciliation({
      ...{ name: 'n', from: 'F', to: 'T', equal: false },
      tables: [{ table: 'public.files', watermark: 'W', counts, unsealed: 3, differences }],
    });
    expect(text).toContain('and 3 more');
    expect(text).toContain('3 rows are in Kafka and not sealed yet');
    expect(text).toContain('table and shards differ');
  });

  it('counts right however both sides are cut into pages', async () => {
    const random = new Random(SEED);
    for (let round = 0; round < 300; round++) {
      const [table, archive]: [TableRow[], ArchivedRow[]] = [[], []];
      const expected = { equal: 0, missing: 0, extra: 0, doubled: 0, rejected: 0 };
      for (let createdAt = 1; createdAt <= 12; createdAt++)
        for (const uid of ['A', 'a', 'é']) {
          const fate = random.pick(['equal', 'missing', 'extra', 'doubled', 'rejected', 'none'] as const);
          if (fate === 'none') continue;
          expected[fate]++;
          if (fate !== 'extra') table.push(row(createdAt, uid));
          if (fate === 'rejected') archive.push(reject(createdAt, uid));
          else if (fate !== 'missing') archive.push(archived(createdAt, uid));
          if (fate === 'doubled') archive.push(archived(createdAt, uid));
        }
      const { counts } = await compare(table, archive, { pageRows: random.between(1, 7) });
      expect(counts).toMatchObject(expected);
    }
  });
});
