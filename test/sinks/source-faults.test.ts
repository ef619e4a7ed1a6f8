import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatMicros } from '../../src/model/micros.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Micros } from '../../src/model/micros.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { collect, collectBytes } from './support/collect.ts';
import type { SealJob } from './support/seal-child.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const CHILD = join(import.meta.dirname, 'support/seal-child.ts');
/** What lets the superuser read everything (capabilities(7)); without them it may read what the modes say. */
const READS_ALL = '-dac_override,-dac_read_search';
/** As setpriv(1) of util-linux, which every Linux has. */
const LIKE_OTHERS = ['setpriv', '--bounding-set', READS_ALL, '--inh-caps', READS_ALL];

function rejectsOf(manifest: Manifest): unknown[] {
  return manifest.rejects.map(({ uid, reason }) => [uid, reason]);
}

/** Every row that was archived, read back with its own name. */
async function expectContents(work: Workspace, rows: readonly TestRow[]): Promise<void> {
  for (const { uid, createdAt, fileLocation } of rows) {
    const found = await getFile({ sink: work.sink, uid, createdAt: createdAt as Micros });
    expect(await collectBytes(found.content), uid).toEqual(readFileSync(fileLocation!));
  }
  expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
}

describe('a file that the process may not read', () => {
  test('is rejected as file_unreadable, and so is one in a folder that it may not enter', async () => {
    const work = createWorkspace();
    const rows = [
      work.row('before', 'one'),
      work.row('secret', 'nobody reads this'),
      work.row('hidden', 'nor this', { name: 'closed/f' }),
      work.row('after', 'two'),
    ];
    chmodSync(rows[1]!.fileLocation!, 0);
    const closed = dirname(rows[2]!.fileLocation!);
    chmodSync(closed, 0);
    onTestFinished(() => chmodSync(closed, 0o755));
    sealLikeOthers(work, rows);
    const [name] = (await collect(work.sink.list(''))).filter((key) => key.endsWith('.manifest.json'));
    const manifest = JSON.parse(readFileSync(join(work.archive, name!), 'utf8')) as Manifest;
    expect(rejectsOf(manifest)).toEqual([
      ['secret', 'file_unreadable'],
      ['hidden', 'file_unreadable'],
    ]);
    await expectContents(work, [rows[0]!, rows[3]!]);
  });
});

/** As a process that may not read what the modes forbid; who is not the superuser is one already. */
function sealLikeOthers(work: Workspace, rows: readonly TestRow[]): void {
  mkdirSync(work.archive);
  const job: SealJob = { rows, root: work.root, archive: work.archive };
  const prefix = process.getuid?.() === 0 ? LIKE_OTHERS : [];
  const [command, ...args] = [...prefix, process.execPath, '--import', 'tsx', CHILD, JSON.stringify(job)];
  const child = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../..'),
  });
  if (child.status !== 0)
    throw new Error(`${command} could not seal: ${child.error?.message ?? child.stderr}`);
}

describe('a name of odd bytes', () => {
  const NAMES = [
    'a line\nend',
    'a tab\tand a return\r',
    `quotes ' " and \\ backslash`,
    '-rf *',
    ' blank at both ends ',
    '%2e%2e',
    '\u{1f30a}',
    'e\u0301',
    '\u00e9',
    '\u202egnp.exe',
    '\ufffd',
    '\ufeffmark',
    'x'.repeat(255),
    '\u{1f30a}'.repeat(63),
  ];

  test('names the file of exactly those bytes, and no other', async () => {
    const work = createWorkspace();
    const rows = NAMES.map((name, i) => work.row(`uid-${i}`, `the file of name ${i}`, { name }));
    const { manifest } = await work.seal(rows);
    expect(manifest.ledger).toEqual({
      received: NAMES.length,
      archived: NAMES.length,
      duplicates: 0,
      rejected: 0,
    });
    await expectContents(work, rows);
  });

  test('that no file can have is rejected as file_missing, though a file stands under what it would become', async () => {
    const work = createWorkspace();
    const good = work.row('good', 'x', { name: 'half \ufffd pair' });
    const bad = {
      'half a pair': `${work.root}/half \ud800 pair`,
      'a NUL': `${good.fileLocation}\0.txt`,
      'too long a name': `${work.root}/${'x'.repeat(256)}`,
      'too long a path': `${work.root}/${'x/'.repeat(3_000)}f`,
    };
    const rows = Object.entries(bad).map(([uid, fileLocation]) => ({
      ...good,
      uid,
      fileLocation,
      line: '{}',
    }));
    const { manifest } = await work.seal([good, ...rows]);
    expect(rejectsOf(manifest).sort()).toEqual(
      Object.keys(bad)
        .map((uid) => [uid, 'file_missing'])
        .sort(),
    );
    await expectContents(work, [good]);
  });
});

test('a device is rejected also when its row gives a size, and nothing of it is read', async () => {
  const work = createWorkspace();
  const rows = ['/dev/null', '/dev/zero', '/dev/tty', '/dev/full'].map((fileLocation, i) => ({
    ...{ uid: fileLocation, createdAt: work.row('x', 'x').createdAt + i, fileLocation, sizeBytes: 0 },
  }));
  const { manifest } = await work.seal(rows, { roots: ['/dev'] });
  expect(manifest.shards).toEqual([]);
  expect(manifest.rejects.map(({ reason }) => reason)).toEqual(rows.map(() => 'file_not_regular'));
});

test('an I/O error is no reject: the seal fails as one that may pass, and goes on when it has', async () => {
  const work = createWorkspace();
  const row = work.row('a', '');
  // A regular file of no bytes whose first byte cannot be read: the kernel answers EIO.
  const broken = { ...row, fileLocation: '/proc/self/mem' };
  await expect(work.seal([broken], { roots: ['/proc'] })).rejects.toMatchObject({
    code: 'ERR_SOURCE_UNAVAILABLE',
    retryable: true,
    detail: `the file of uid "a", created_at ${formatMicros(row.createdAt as Micros)} could not be read: EIO`,
  });
  expect(await collect(work.sink.list(''))).toEqual([]);
  expect((await work.seal([row])).manifest.ledger.archived).toBe(1);
});

test('a file that is replaced again and again by others of its size gives one of them whole, or a reject', async () => {
  const work = createWorkspace();
  const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
  const row = work.row('turning', texts[0]!);
  let turn = 0;
  const turning = setInterval(() => {
    writeFileSync(`${row.fileLocation}.new`, texts[++turn % 3]!);
    renameSync(`${row.fileLocation}.new`, row.fileLocation!);
  });
  onTestFinished(() => clearInterval(turning));
  for (let partition = 0; partition < 5; partition++) {
    const name = { partition, partitionCount: 5 };
    const { manifest } = await work.seal([row], { frameBytes: 8_192, name });
    if (manifest.ledger.rejected === 1) {
      expect(rejectsOf(manifest)).toEqual([['turning', 'file_changed']]);
      continue;
    }
    const found = await getFile({ sink: work.sink, uid: row.uid, createdAt: row.createdAt as Micros });
    expect(texts).toContain((await collectBytes(found.content)).toString());
  }
  expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
});
