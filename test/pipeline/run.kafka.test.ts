import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readArchivedRows, readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function install(options: Parameters<typeof Installation.create>[0]): Promise<Installation> {
  const installation = await Installation.create(options);
  cleanups.push(() => installation.drop());
  return installation;
}

async function follow(installation: Installation, table: string): Promise<EventFollower> {
  const follower = await installation.follow({ table });
  cleanups.push(() => follower.close());
  return follower;
}

async function stop(child: ReturnType<Installation['start']>, installation: Installation): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
}

describe('tidemark run', () => {
  it('archives two tables at once, each with its own windows, and reads them back with the sink alone', async () => {
    const notes = {
      name: 'public.notes',
      payload: 'row',
      window: { size: '2s' },
      lag: '2s',
      lateness: '1s',
      partitions: 3,
    };
    const installation = await install({ moreTables: [notes] });
    await installation.database.query(
      'CREATE TABLE notes (uid bigint PRIMARY KEY, created_at timestamp NOT NULL DEFAULT now(), body text, tags jsonb)',
    );
    const before = await installation.insertFiles(10, { createdAt: "now() - interval '25 hours'" });
    await installation.succeed(['init']);
    const running = installation.start(['run']);
    const uids = [...before, ...(await installation.insertFiles(30))];
    await installation.database.query(
      `INSERT INTO notes SELECT i, now() AT TIME ZONE 'UTC', 'note ' || i, '{"a": 1}' FROM generate_series(9007199254740990, 9007199254741089) AS i`,
    );
    const until = await installation.serverTime();
    const [files, noted] = [
      await follow(installation, 'public.files'),
      await follow(installation, 'public.notes'),
    ];
    await Promise.all([files.untilWatermark(until), noted.untilWatermark(until)]);
    const storedFilters = () => installation.logOf(running).split('uid filter of a day stored').length - 1;
    await expect.poll(storedFilters, { timeout: 10_000 }).toBe(2);
    await stop(running, installation);

    const archived = await readArchivedRows(installation.sinkFolder);
    const filesOf = archived.filter(({ shard }) => shard.startsWith('public.files/'));
    expect(filesOf.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
    expect(archived.filter(({ shard }) => shard.startsWith('public.notes/'))).toHaveLength(100);

    const sink = ['--sink', `file://${installation.sinkFolder}`];
    const listed = await installation.succeed(['ls', '--json', ...sink]);
    const tables = listed
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { table: string }).table);
    expect(new Set(tables)).toEqual(new Set(['public.files', 'public.notes']));
    const { rows } = await installation.database.query<{ t: string }>(
      'SELECT created_at::text AS t FROM files WHERE uid = $1',
      [before[3]],
    );
    const got = await installation.succeed(['get', before[3]!, '--created-at', rows[0]!.t, ...sink]);
    expect(got).toBe(contentOf(before[3]!));
    // Two partitions have a filter of yesterday; what was archived today has none yet.
    const found = await installation.run(['get', before[4]!, '--table', 'public.files', ...sink]);
    expect(found.stdout).toBe(contentOf(before[4]!));
    expect(found.stderr).toMatch(/ 2 filters, /);
    await installation.succeed(['verify', ...sink]);
  });

  it('lists what cannot be archived, puts late rows into supplements, and counts every row', async () => {
    const installation = await install({});
    await installation.succeed(['init', '--from', 'now']);
    const running = installation.start(['run']);
    const follower = await follow(installation, 'public.files');
    const good = await installation.insertFiles(10);
    const insert = (uid: string, location: string, size: number | null) =>
      installation.database.query('INSERT INTO files (uid, file_location, size_bytes) VALUES ($1, $2, $3)', [
        uid,
        location,
        size,
      ]);
    await insert('missing', join(installation.sourceFolder, 'nowhere'), null);
    await insert('passwd', '/etc/passwd', null);
    await insert('climbing', `${installation.sourceFolder}/../../../../etc/passwd`, null);
    await writeFile(join(installation.sourceFolder, 'wrong'), 'x');
    await insert('wrong-size', join(installation.sourceFolder, 'wrong'), 2);
    await follower.untilWatermark(await installation.serverTime());
    const late = await installation.insertFiles(5, { createdAt: "now() - interval '30 seconds'" });
    await follower.until((events) => events.some(({ data }) => data['kind'] === 'late'));
    await follower.untilWatermark(await installation.serverTime());
    await stop(running, installation);

    const archived = await readArchivedRows(installation.sinkFolder);
    expect(archived.map(({ uid }) => uid).sort()).toEqual([...good, ...late].sort());
    for (const { uid, shard } of archived) expect(shard.includes('-late-')).toBe(late.includes(uid));
    const manifests = await readManifests(installation.sinkFolder);
    const rejects = Object.fromEntries(
      manifests.flatMap((manifest) => manifest.rejects.map(({ uid, reason }) => [uid, reason])),
    );
    expect(rejects).toEqual({
      missing: 'file_missing',
      passwd: 'file_outside_roots',
      climbing: 'file_outside_roots',
      'wrong-size': 'file_size_differs',
    });
    const ledger = { received: 0, archived: 0, duplicates: 0, rejected: 0 };
    for (const manifest of manifests) {
      for (const key of ['received', 'archived', 'duplicates', 'rejected'] as const)
        ledger[key] += manifest.ledger[key];
    }
    expect(ledger).toEqual({ received: 19, archived: 15, duplicates: 0, rejected: 4 });
  });

  it('seals a window that holds more than its limit in parts, each row in one of them', async () => {
    const installation = await install({ partitions: 1, table: { window: { size: '2s', rowsMax: 5 } } });
    await installation.succeed(['init']);
    const running = installation.start(['run']);
    const follower = await follow(installation, 'public.files');
    const uids = await installation.insertFiles(20);
    const until = await installation.serverTime();
    await follower.untilWatermark(until);
    await stop(running, installation);

    const archived = await readArchivedRows(installation.sinkFolder);
    expect(archived.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
    const manifests = await readManifests(installation.sinkFolder);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(['early', 'early', 'early', 'early', 'window']);
    // All rows stand in early parts: the window's own manifest says so by holding none.
    expect(manifests.find(({ kind }) => kind === 'window')!.ledger.received).toBe(0);
    await installation.succeed(['verify', '--sink', `file://${installation.sinkFolder}`]);
  });
});
