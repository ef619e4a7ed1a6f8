import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Offset } from '../../src/model/offset.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { openShard } from '../../src/sinks/read/shard-reader.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect, collectBytes } from './support/collect.ts';
import { lineOf } from './support/seal-rows.ts';
import type { TestRow } from './support/seal-rows.ts';
import { WINDOW_START } from './support/seal-request.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';
import type { Micros } from '../../src/model/micros.ts';

const late = { kind: 'late', firstOffset: 500 as Offset } as const;

function manyRows(work: Workspace, count: number): TestRow[] {
  return Array.from({ length: count }, (_, i) =>
    work.row(`uid-${i * 7919}`, `${i} line of a file\n`.repeat(i * 3)),
  );
}

describe('a seal', () => {
  test('gives back every row and file that it was asked to archive', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 60);
    const { manifest, reused } = await work.seal(rows, { frameBytes: 8192 });
    expect(reused).toBe(false);
    expect(manifest.ledger).toEqual({ received: 60, archived: 60, duplicates: 0, rejected: 0 });
    for (const row of rows) {
      const createdAt = row.createdAt as Micros;
      const found = await getFile({ sink: work.sink, uid: row.uid, createdAt });
      expect(await collectBytes(found.content)).toEqual(readFileSync(row.fileLocation!));
    }
    const reader = await openShard(work.sink, manifest.shards[0]!.name);
    expect((await collectBytes(reader.readRows())).toString()).toBe(
      rows.map((row) => `${lineOf(row)}\n`).join(''),
    );
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('writes the same bytes with one, two and three workers', async () => {
    const digests = new Set<string>();
    const rows: TestRow[] = [];
    const sources = createWorkspace();
    rows.push(...manyRows(sources, 80), sources.row('large', randomText(300_000)), sources.row('zero', ''));
    for (const workers of [1, 2, 3]) {
      const work = createWorkspace();
      const { manifest } = await work.seal(rows, { workers, frameBytes: 16_384, roots: [sources.root] });
      digests.add(manifest.shards.map((shard) => shard.sha256).join());
    }
    expect(digests.size).toBe(1);
  });

  test('cuts into shards by bytes and by number of files', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 10 }, (_, i) => work.row(`u${i}`, 'x'.repeat(1000), { line: '{}' }));
    const byFiles = await work.seal(rows, { filesMax: 4 });
    expect(byFiles.manifest.shards.map((shard) => shard.files)).toEqual([4, 4, 2]);
    const byBytes = await work.seal(rows, { bytesMax: 3 * 1003, name: { partition: 1 } });
    expect(byBytes.manifest.shards.map((shard) => shard.rows)).toEqual([3, 3, 3, 1]);
    expect(byBytes.manifest.shards.map((shard) => shard.part)).toEqual([1, 2, 3, 4]);
  });

  test('with payload row keeps each row as one line that can be fetched by its uid', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      ...{ uid: `row ${i}`, createdAt: WINDOW_START + 1 + i, fileLocation: null, sizeBytes: null },
    }));
    const { manifest } = await work.seal(rows, { payload: 'row', roots: [], frameBytes: 8192 });
    expect(manifest.shards[0]).toMatchObject({ rows: 3000, files: 0 });
    for (const row of [rows[0]!, rows[1234]!, rows[2999]!]) {
      const found = await getFile({ sink: work.sink, uid: row.uid, createdAt: row.createdAt as Micros });
      expect((await collectBytes(found.content)).toString()).toBe(lineOf(row));
    }
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('of rows that are all rejected leaves a manifest and no shard', async () => {
    const work = createWorkspace();
    const { manifest } = await work.seal([
      { ...work.row('a', 'x'), fileLocation: join(work.root, 'nothing') },
    ]);
    expect(manifest.shards).toEqual([]);
    expect(manifest.rejects).toMatchObject([{ uid: 'a', reason: 'file_missing' }]);
    expect(manifest.ledger).toEqual({ received: 1, archived: 0, duplicates: 0, rejected: 1 });
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('done again is recognised and packs nothing', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 5);
    const first = await work.seal(rows);
    const stored: unknown[] = [];
    work.events.on('shard:stored', (event) => stored.push(event));
    const second = await work.seal(rows);
    expect(second).toEqual({ ...first, reused: true });
    expect(stored).toEqual([]);
  });

  test('whose manifest was lost in a crash finds its shards and writes the same manifest', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 5);
    const { manifestName } = await work.seal(rows);
    const manifest = readFileSync(join(work.archive, manifestName));
    unlinkSync(join(work.archive, manifestName));
    expect((await work.seal(rows)).reused).toBe(false);
    expect(readFileSync(join(work.archive, manifestName))).toEqual(manifest);
  });

  test('of other rows under the same name is refused and overwrites nothing', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 5);
    const { manifestName, manifest } = await work.seal(rows);
    await expect(work.seal(rows.slice(1))).rejects.toMatchObject({ code: 'ERR_SHARD_CONFLICT' });
    unlinkSync(join(work.archive, manifestName));
    await expect(work.seal(rows.slice(1))).rejects.toMatchObject({ code: 'ERR_SHARD_CONFLICT' });
    const bytes = readFileSync(join(work.archive, manifest.shards[0]!.name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(manifest.shards[0]!.sha256);
  });

  test('does not trust a manifest whose shard is missing', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 2);
    const { manifest } = await work.seal(rows);
    unlinkSync(join(work.archive, manifest.shards[0]!.name));
    await expect(work.seal(rows)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  });

  test('drops late rows that a committed shard of the window holds, and counts them as duplicates', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 30);
    await work.seal(rows.slice(0, 20));
    const { manifest } = await work.seal(rows.slice(10), { name: late, dropCommitted: true, duplicates: 2 });
    expect(manifest.ledger).toEqual({ received: 22, archived: 10, duplicates: 12, rejected: 0 });
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('keeps a late row whose uid was archived at another time', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'first');
    await work.seal([row]);
    const again = { ...row, createdAt: row.createdAt + 1 };
    const { manifest } = await work.seal([again], { name: late, dropCommitted: true });
    expect(manifest.ledger.archived).toBe(1);
  });

  test('looks for committed rows in its own partition, and in every one when the partition count was another', async () => {
    const work = createWorkspace();
    const rows = manyRows(work, 4);
    await work.seal(rows, { name: { partition: 0, partitionCount: 3 } });
    const name = { ...late, partition: 1 };
    expect((await work.seal(rows, { name, dropCommitted: true })).manifest.ledger.duplicates).toBe(4);
    const other = { ...late, partition: 0, partitionCount: 3, firstOffset: 700 as Offset };
    const elsewhere = { ...other, partition: 2 };
    const { ledger } = (await work.seal(rows, { name: elsewhere, dropCommitted: true })).manifest;
    expect(ledger.duplicates).toBe(0);
  });

  test('drops committed rows also when it has more rows than it sorts', async () => {
    const work = createWorkspace();
    const rows = Array.from({ length: 12_000 }, (_, i) => ({
      ...{ uid: `r${i}`, createdAt: WINDOW_START + 1 + i, fileLocation: null, sizeBytes: null, line: '{}' },
    }));
    const options = { payload: 'row', roots: [] } as const;
    await work.seal(rows.slice(0, 7000), { ...options, name: { kind: 'early', firstOffset: 1 as Offset } });
    const { manifest } = await work.seal(rows, { ...options, dropCommitted: true, firstPart: 2 });
    expect(manifest.ledger).toMatchObject({ archived: 5000, duplicates: 7000 });
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('that is aborted leaves neither shard nor temporary file', async () => {
    const work = createWorkspace();
    const controller = new AbortController();
    const rows = manyRows(work, 60);
    work.events.on('shard:stored', () => controller.abort(new Error('enough')));
    await expect(work.seal(rows, { filesMax: 20, signal: controller.signal })).rejects.toThrow('enough');
    expect(readdirSync(join(work.archive, '.tidemark-tmp'))).toEqual([]);
    expect(await collect(work.sink.list('public.files/'))).toHaveLength(1);
  });

  test('waits for a root that is not mounted instead of rejecting its rows', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'x');
    const seal = work.seal([row], { roots: [join(work.folder, 'not mounted')] });
    await expect(seal).rejects.toMatchObject({ code: 'ERR_SOURCE_UNAVAILABLE', retryable: true });
  });

  test('archives two rows with one uid under two names', async () => {
    const work = createWorkspace();
    const rows = [work.row('same', 'first'), work.row('same', 'second')];
    await work.seal(rows);
    for (const row of rows) {
      const found = await getFile({ sink: work.sink, uid: 'same', createdAt: row.createdAt as Micros });
      expect(await collectBytes(found.content)).toEqual(readFileSync(row.fileLocation!));
    }
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('leaves a sink that cannot be written to the caller as a failure that may pass', async () => {
    const work = createWorkspace();
    writeFileSync(work.archive, 'a file where the folder should be');
    await expect(work.seal(manyRows(work, 1))).rejects.toMatchObject({
      ...{ code: 'ERR_SINK_UNAVAILABLE', retryable: true },
    });
  });
});

/** Text of which two pieces never look alike. */
function randomText(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += createHash('md5').update(String(i)).digest('hex');
  return text.slice(0, length);
}
