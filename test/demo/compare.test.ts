import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArchiveSummary } from '../../examples/demo/archive-summary.ts';
import { compareWithTable } from '../../examples/demo/compare.ts';
import type { Comparison } from '../../examples/demo/compare.ts';
import type { TableRow } from '../../examples/demo/source-table.ts';

/** The demo says "every row, every byte" only if its comparison notices each way in which that can be wrong. */

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-compare-'));
  mkdirSync(join(folder, 'source'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CREATED_AT = '2026-11-23T05:37:17.123456Z';
const CREATED_AT_MICROS = Date.parse('2026-11-23T05:37:17Z') * 1_000 + 123_456;

function tableRow(uid: string, content: string | null): TableRow {
  const fileLocation = join(folder, 'source', uid);
  if (content !== null) writeFileSync(fileLocation, content);
  return { uid, createdAtMicros: CREATED_AT_MICROS, fileLocation, sizeBytes: content?.length ?? 0 };
}

/** As `tidemark extract` leaves it: one folder a shard. */
function extract(row: TableRow, copy: { content: string; shard?: string; sizeBytes?: number }): void {
  const shard = join(folder, 'extracted', copy.shard ?? 'shard-1');
  mkdirSync(join(shard, 'files'), { recursive: true });
  const line = {
    uid: row.uid,
    created_at: CREATED_AT,
    file_location: row.fileLocation,
    size_bytes: copy.sizeBytes ?? row.sizeBytes,
  };
  writeFileSync(join(shard, 'rows.ndjson'), `${JSON.stringify(line)}\n`, { flag: 'a' });
  writeFileSync(join(shard, 'files', row.uid), copy.content);
}

function compare(rows: readonly TableRow[], rejects: ArchiveSummary['rejects'] = []): Promise<Comparison> {
  mkdirSync(join(folder, 'extracted'), { recursive: true });
  const archive = { windows: 1, shards: [], shardBytes: 0, lateRows: 0, duplicates: 0, rejects };
  return compareWithTable({
    table: (async function* () {
      for (const row of rows) yield await Promise.resolve(row);
    })(),
    extractedFolder: join(folder, 'extracted'),
    archive,
    sourceFolder: join(folder, 'source'),
  });
}

const reject = (uid: string, reason: string) => ({ uid, createdAtMicros: CREATED_AT_MICROS, reason });

test('a row with equal bytes and a reject with its reason are no problem', async () => {
  const [good, missing] = [tableRow('a', 'text'), tableRow('b', null)];
  extract(good, { content: 'text' });
  const found = await compare([good, missing], [reject('b', 'file_missing')]);
  expect(found).toEqual({ rows: 2, archived: 1, sourceBytes: 4, rejects: { file_missing: 1 }, problems: [] });
});

test('a row that is not in the archive is a problem', async () => {
  const { problems } = await compare([tableRow('a', 'text')]);
  expect(problems).toEqual([expect.stringContaining('is missing in the archive')]);
});

test('a row in two shards is a problem', async () => {
  const row = tableRow('a', 'text');
  extract(row, { content: 'text' });
  extract(row, { content: 'text', shard: 'shard-2' });
  expect((await compare([row])).problems).toEqual([expect.stringContaining('is archived twice')]);
});

test('one different byte is a problem', async () => {
  const row = tableRow('a', 'text');
  extract(row, { content: 'texT' });
  expect((await compare([row])).problems).toEqual([expect.stringContaining('has other bytes')]);
});

test('a different value in the row is a problem', async () => {
  const row = tableRow('a', 'text');
  extract(row, { content: 'text', sizeBytes: 5 });
  expect((await compare([row])).problems).toEqual([expect.stringContaining('has other values')]);
});

test('an archived row that was rolled back is a problem', async () => {
  extract(tableRow('ghost', 'text'), { content: 'text' });
  expect((await compare([])).problems).toEqual([expect.stringContaining('stands not in the table')]);
});

test('a good row among the rejects is a problem', async () => {
  const row = tableRow('a', 'text');
  extract(row, { content: 'text' });
  const { problems } = await compare([row], [reject('a', 'file_missing')]);
  expect(problems).toEqual([expect.stringContaining('should be archived, but is file_missing')]);
});

test('a reject with another reason is a problem', async () => {
  const row = { ...tableRow('a', 'text'), sizeBytes: 5 };
  const { problems } = await compare([row], [reject('a', 'file_missing')]);
  expect(problems).toEqual([expect.stringContaining('should be file_size_differs, but is file_missing')]);
});
