import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import { memberPath } from '../../src/sinks/format/member-name.ts';
import { extractShards } from '../../src/sinks/extract/extract-shards.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { listMembers } from '../../src/sinks/read/list-members.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect, collectBytes } from './support/collect.ts';
import { readWithSeekableReader } from './support/seekable-reader.ts';
import { createWorkspace } from './support/workspace.ts';

const HARD_UIDS = [
  ...[
    '',
    '.',
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    'a/b',
    'a%2Fb',
    '%',
    'a\\b',
    'new\nline',
    'nul\0byte',
  ],
  ...['ünïcode', '日本語', '🙂', 'e\u0301', 'with space', 'quote\'"', '-rf', '~', 'con', '\u0085', 'tab\t'],
  ...['x'.repeat(94), 'x'.repeat(95), 'x'.repeat(100), 'x'.repeat(101), 'x'.repeat(200), 'x'.repeat(201)],
  ...['é'.repeat(100), 'é'.repeat(101), '\u0001'.repeat(80), 'x'.repeat(5000), 'lone \ud800 surrogate'],
];

function hardShard() {
  const work = createWorkspace();
  const rows = HARD_UIDS.map((uid, i) => work.row(uid, `content of ${i}\n`.repeat(i)));
  rows.push(work.row('larger than a frame', Buffer.from(digits(40_000))));
  rows.push({ ...work.row('old', 'from before 1970'), createdAt: -1 });
  return { work, rows };
}

function digits(count: number): string {
  return Array.from({ length: count }, (_, i) => String(i)).join(' ');
}

describe('a shard with hard names', () => {
  for (const [tool, listing, extract, spelled] of [
    ['GNU tar', ['tar', '--zstd', '-tf'], ['tar', '--zstd', '-xf'], String],
    // libarchive writes names in Unicode's composed form.
    ['bsdtar', ['bsdtar', '-tf'], ['bsdtar', '-xf'], (name: string) => name.normalize('NFC')],
  ] as const)
    test(`is listed and extracted by ${tool}, every file below files/ with its bytes`, async () => {
      const { work, rows } = hardShard();
      const { manifest } = await work.seal(rows, { frameBytes: 8192 });
      const path = join(work.archive, manifest.shards[0]!.name);
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      const listed = execFileSync(listing[0], [...listing.slice(1), path], { encoding: 'utf8', env });
      expect(listed.trimEnd().split('\n')).toHaveLength(rows.length + 1);
      const to = join(work.folder, 'out');
      mkdirSync(to);
      execFileSync(extract[0], [...extract.slice(1), path, '-C', to], { env });
      expect(readdirSync(to).sort()).toEqual(['files', 'rows.ndjson']);
      expect(readdirSync(join(to, 'files'))).toHaveLength(rows.length);
      for (const row of rows)
        expect(readFileSync(join(to, spelled(memberPath(row.uid, null)))), row.uid).toEqual(
          readFileSync(row.fileLocation!),
        );
      const modified = statSync(join(to, 'files', 'with space')).mtimeMs;
      const row = rows.find(({ uid }) => uid === 'with space')!;
      expect(modified).toBe(Math.floor(row.createdAt / 1e6) * 1000);
    });

  test('is fetched, listed and extracted by our own reader under the true uids', async () => {
    const { work, rows } = hardShard();
    await work.seal(rows, { frameBytes: 8192 });
    for (const row of rows) {
      const found = await getFile({
        sink: work.sink,
        uid: row.uid,
        createdAt: row.createdAt as Micros,
      }).catch((e: unknown) => e);
      // The row from before 1970 stands in a window of today: no day leads to it, the listing does.
      if (row.uid === 'old') continue;
      if (found instanceof Error) throw found;
      expect(await collectBytes((found as Awaited<ReturnType<typeof getFile>>).content)).toEqual(
        readFileSync(row.fileLocation!),
      );
    }
    const members = await collect(listMembers(work.sink));
    expect(members.map(({ entry }) => entry.uid).sort()).toEqual(rows.map((row) => row.uid).sort());
    const to = join(work.folder, 'out');
    const done = await extractShards({ sink: work.sink, folder: to });
    expect(done).toMatchObject({ shards: 1, files: rows.length });
    const folder = join(to, members[0]!.shard.replace('.tar.zst', ''));
    for (const row of rows)
      expect(readFileSync(join(folder, memberPath(row.uid, null)))).toEqual(readFileSync(row.fileLocation!));
    await expect(extractShards({ sink: work.sink, folder: to })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  });

  test('is whole for zstd, and a second seekable reader jumps in it', async () => {
    const { work, rows } = hardShard();
    const { manifest } = await work.seal(rows, { frameBytes: 8192 });
    const path = join(work.archive, manifest.shards[0]!.name);
    execFileSync('zstd', ['-t', '-q', path]);
    const tar = execFileSync('zstd', ['-d', '-q', '-c', path], { maxBuffer: 64 * 1024 * 1024 });
    const places = [0, 511, 8191, 8192, 100_000, tar.length - 1024, 5].map((offset) => ({
      offset,
      length: 700,
    }));
    const { size, parts } = readWithSeekableReader(path, places);
    expect(size).toBe(tar.length);
    places.forEach(({ offset, length }, i) =>
      expect(parts[i]).toEqual(tar.subarray(offset, offset + length)),
    );
  }, 180_000);
});

test('uids never share a name, and no name leaves files/', () => {
  const names = HARD_UIDS.map((uid) => memberPath(uid, null));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    const [folder, segment, ...more] = name.split('/');
    expect([folder, more]).toEqual(['files', []]);
    expect(['', '.', '..']).not.toContain(segment);
    expect(Buffer.byteLength(segment!)).toBeLessThanOrEqual(200);
  }
  const digest = createHash('sha256').update('x'.repeat(201)).digest('hex');
  expect(memberPath('x'.repeat(201), null)).toBe(`files/%sha256-${digest}`);
});
