import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { createWorkspace } from '../sinks/support/workspace.ts';
import type { Workspace } from '../sinks/support/workspace.ts';
import { WINDOW_START } from '../sinks/support/seal-request.ts';
import { tidemark } from './command.ts';
import { runInProcess } from './run-in-process.ts';

let work: Workspace;
let remove: () => void;
let sink: string;

const timeOf = (second: number): string => formatMicros((WINDOW_START + second * 1_000_000) as Micros);

/** Two partitions of one window; the uid `twice` is in both. */
beforeAll(async () => {
  work = createWorkspace((done) => (remove = done));
  sink = `file://${work.archive}`;
  const row = (uid: string, second: number) =>
    work.row(uid, `content of ${uid} ${second}`, { createdAt: WINDOW_START + second * 1_000_000 });
  await work.seal([row('one', 1), row('two', 2), row('twice', 3)]);
  await work.seal([row('three', 4), row('twice', 5)], { name: { partition: 1 } });
});

afterAll(() => remove());

const filters = (): string[] =>
  readdirSync(work.archive, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.filter'))
    .sort();

const inProcess = (...args: string[]) => runInProcess([...args, '--sink', sink]);

describe('tidemark get without a time', () => {
  it('looks at the windows of an archive without filters, and says where it found the file', async () => {
    expect(filters()).toEqual([]);
    const { status, out, err } = await inProcess('get', 'two');
    expect({ status, out }).toEqual({ status: 0, out: 'content of two 2' });
    expect(err).toBe(
      `found in public.files, created_at ${timeOf(2)} (1 day, 0 filters, 2 manifests, 2 shards looked at)\n`,
    );
  });
});

describe('tidemark index', () => {
  it('says in a dry run what it would write, and writes nothing', async () => {
    const { status, out } = await inProcess('index', '--dry-run');
    expect(status).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(out).toMatch(
      /^public\.files\/2026\/11\/23\/uids-p0of2-\d+-[0-9a-f]{32}\.filter {2}1 manifests, 3 uids, \d+ B$/m,
    );
    expect(out).toMatch(/^1 days, 2 filters, \d+ B to be written$/m);
    expect(filters()).toEqual([]);
  });

  it('that is killed at any step is done again, and leaves the same filters', async () => {
    for (const step of ['manifest:fsynced', 'manifest:renamed']) {
      const killed = await tidemark(['index', '--sink', sink], {
        env: { TIDEMARK_FAILPOINTS: `${step}=kill` },
      });
      expect(killed.status).toBe(null);
    }
    const { status, out } = await inProcess('index', '--json');
    expect(status).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(-1)).toMatchObject({ days: 1, damaged: 0, dryRun: false });
    expect(filters().map((name) => name.replace(/-\d+-[0-9a-f]{32}/, ''))).toEqual([
      'public.files/2026/11/23/uids-p0of2.filter',
      'public.files/2026/11/23/uids-p1of2.filter',
    ]);
    expect((await inProcess('index')).out).toBe('1 days, 0 filters, 0 B written\n');
    const verified = await inProcess('verify');
    expect(verified).toMatchObject({ status: 0 });
    expect(verified.out).toMatch(/^2 manifests, 2 shards, 2 filters, .* verified: 0 errors, 0 warnings$/m);
  });
});

describe('tidemark get with filters', () => {
  it('asks them', async () => {
    const { out, err } = await inProcess('get', 'three');
    expect(out).toBe('content of three 4');
    expect(err).toContain('(1 day, 2 filters, 1 manifest, 1 shard looked at)');
  });

  it('lists the times of several rows of one uid, of which each can be had', async () => {
    const { status, out, err } = await inProcess('get', 'twice');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('ERR_UID_AMBIGUOUS: the archive has 2 rows of uid "twice":');
    expect(err).toContain(`  --created-at ${timeOf(3)} --table public.files\n`);
    expect(err).toContain(`  --created-at ${timeOf(5)} --table public.files\n`);
    const later = await inProcess('get', 'twice', '--from', timeOf(4));
    expect(later.out).toBe('content of twice 5');
    const exact = await inProcess('get', 'twice', '--created-at', timeOf(3));
    expect(exact.out).toBe('content of twice 3');
  });

  it('says of a uid that is not there what it looked at', async () => {
    const { status, err } = await inProcess('get', 'nobody');
    expect(status).toBe(1);
    expect(err).toContain(
      'ERR_UID_NOT_FOUND: no shard holds uid "nobody" (1 day, 2 filters, 0 manifests, 0 shards looked at)',
    );
  });

  it('warns of one that is damaged and finds the file all the same; index names it and goes on', async () => {
    const path = join(work.archive, filters()[0]!);
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.from(bytes).fill(0, 0, 8));
    const { status, out, err } = await inProcess('get', 'one');
    expect({ status, out }).toEqual({ status: 0, out: 'content of one 1' });
    expect(err).toMatch(
      /^warning: ERR_FILTER_CORRUPT: public\.files\/.*\.filter: bytes 0 to \d+ are damaged/,
    );
    const indexed = await inProcess('index');
    expect(indexed.status).toBe(1);
    expect(indexed.err).toContain('ERR_FILTER_CORRUPT');
    expect(indexed.out).toBe('1 days, 0 filters, 0 B written\n');
    writeFileSync(path, bytes);
  });
});
