import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { formatMicros } from '../../src/model/micros.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { readArchivedRows, readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';
import { services } from '../support/services/services.ts';
import { LogLines } from './log-lines.ts';

/** One installation for all commands that go back over windows: each test goes on where the one before it ended. */
let installation: Installation;
let follower: EventFollower;
let kafka: Kafka;
let running: ReturnType<Installation['start']>;
let isSetUp = false;
/** Every row that must stand in the archive once. */
const archived = new Set<string>();

beforeEach(async () => {
  // Commands can only be run inside of a test, and all tests share one installation.
  if (isSetUp) return;
  isSetUp = true;
  installation = await Installation.create();
  const { kafkaBrokers } = await services();
  kafka = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING });
  await installation.succeed(['init', '--from', 'now']);
  running = installation.start(['run', '--log-level', 'debug']);
  follower = await installation.follow();
});

afterAll(async () => {
  await follower.close();
  await installation.drop();
});

async function stopRunning(): Promise<void> {
  running.kill('SIGTERM');
  expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
}

async function untilArchived(): Promise<void> {
  await follower.untilWatermark(await installation.serverTime());
}

async function insertGood(count: number): Promise<string[]> {
  const uids = await installation.insertFiles(count);
  for (const uid of uids) archived.add(uid);
  return uids;
}

/** Each row once with its bytes, and every ledger balanced. */
async function expectExact(): Promise<void> {
  const rows = await readArchivedRows(installation.sinkFolder);
  expect(rows.map(({ uid }) => uid).sort()).toEqual([...archived].sort());
  for (const { uid, content } of rows) expect(content).toBe(contentOf(uid));
  for (const { ledger } of await readManifests(installation.sinkFolder))
    expect(ledger.received).toBe(ledger.archived + ledger.duplicates + ledger.rejected);
}

interface Line {
  readonly uid: string | null;
  readonly state: string;
  readonly reason: string;
  readonly offset: number;
  readonly partition: number;
  readonly outcome?: string;
  readonly source?: string | null;
}

async function jsonLines<T>(args: readonly string[]): Promise<{ status: number | null; lines: T[] }> {
  const { status, stdout } = await installation.run([...args, '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, lines: lines.map((line) => JSON.parse(line) as T) };
}

function sourcePath(uid: string): string {
  return join(installation.sourceFolder, uid);
}

describe('tidemark rejects', () => {
  it('lists rows from the manifests and records that no window could take from the topic', async () => {
    // In one transaction, so that now() and with it the window is the same: what goes back needs a window with both.
    await installation.database.query('BEGIN');
    await insertGood(30);
    await installation.database.query(
      `INSERT INTO files (uid, file_location, size_bytes, created_at) VALUES
       ('missing', $1, NULL, now()), ('moved', '/etc/passwd', NULL, now()), ('ahead', $1, NULL, now() + interval '2 days')`,
      [sourcePath('missing')],
    );
    await installation.database.query('COMMIT');
    const producer = kafka.producer();
    await producer.connect();
    const noise = { partition: 0, key: null, value: '{"op":"c","after":' };
    await producer.send({ topic: `${installation.name}.public.files`, messages: [noise] });
    await producer.disconnect();
    await untilArchived();

    const { status, lines } = await jsonLines<Line>(['rejects']);
    expect(status).toBe(0);
    const found = lines.map(({ uid, reason, state }) => [uid, reason, state]);
    expect(found.sort()).toEqual(
      [
        [null, 'record_invalid', 'open'],
        ['ahead', 'created_at_far_ahead', 'open'],
        ['missing', 'file_missing', 'open'],
        ['moved', 'file_outside_roots', 'open'],
      ].sort(),
    );
    expect(lines.every(({ offset }) => Number.isInteger(offset))).toBe(true);
    expect((await jsonLines<Line>(['rejects', '--reason', 'file_missing'])).lines).toHaveLength(1);
    expect(await installation.succeed(['rejects', '--uid', 'moved'])).toContain('file_outside_roots');
  });

  it('wants to know which ones before it tries them again', async () => {
    const refused = await installation.run(['rejects', '--retry']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--all');
  });

  it('archives a row that was tried twice once, as a supplement, and never counts it as sent by capture', async () => {
    const before = await jsonLines<Line>(['rejects', '--uid', 'missing']);
    await writeFile(sourcePath('missing'), contentOf('missing'));
    const first = await jsonLines<Line>(['rejects', '--retry', '--all']);
    const second = await jsonLines<Line>(['rejects', '--retry', '--uid', 'missing']);
    await untilArchived();
    archived.add('missing');

    expect(first.status).toBe(1);
    const outcomes = first.lines.slice(0, -1).map(({ uid, outcome, source }) => [uid, outcome, source]);
    expect(outcomes.sort()).toEqual(
      [
        [null, 'unfit', 'log'],
        ['ahead', 'unfit', 'log'],
        ['missing', 'sent', 'log'],
        ['moved', 'sent', 'log'],
      ].sort(),
    );
    // The first try may be archived by then.
    expect(['sent', 'archived', undefined]).toContain(second.lines[0]!.outcome);
    await expectExact();
    const rows = await readArchivedRows(installation.sinkFolder);
    expect(rows.find(({ uid }) => uid === 'missing')!.shard).toContain('-late-');
    const after = await jsonLines<Line>(['rejects', '--uid', 'missing', 'moved']);
    expect(before.lines[0]).toMatchObject({ state: 'open' });
    expect(after.lines.map(({ uid, state }) => [uid, state]).sort()).toEqual([
      ['missing', 'archived'],
      ['moved', 'open'],
    ]);
    const status = JSON.parse(await installation.succeed(['status', '--json'])) as {
      tables: { rows: Record<string, number> }[];
    };
    expect(status.tables[0]!.rows).toMatchObject({ sent: 33, sealed: 33, overdue: 0 });
    expect(installation.logOf(running)).not.toContain('more rows than the marks said');
  });

  it('takes a row that was corrected in the table from there when asked to', async () => {
    await writeFile(sourcePath('moved'), contentOf('moved'));
    await installation.database.query(`UPDATE files SET file_location = $1 WHERE uid = 'moved'`, [
      sourcePath('moved'),
    ]);
    const { status, lines } = await jsonLines<Line>([
      'rejects',
      '--retry',
      '--uid',
      'moved',
      '--source',
      'table',
    ]);
    expect(lines[0]).toMatchObject({ outcome: 'sent', source: 'table' });
    expect(status).toBe(0);
    archived.add('moved');
    await untilArchived();
    await expectExact();
  });
});

/** Every manifest with its name and its text. */
async function manifestTexts(): Promise<Map<string, string>> {
  const names = (await readdir(installation.sinkFolder, { recursive: true })).sort();
  const texts = new Map<string, string>();
  for (const name of names.filter((found) => found.endsWith('.manifest.json')))
    texts.set(name, await readFile(join(installation.sinkFolder, name), 'utf8'));
  return texts;
}

async function manifests(): Promise<Manifest[]> {
  return [...(await manifestTexts()).values()].map((text) => JSON.parse(text) as Manifest);
}

/** Ends of the windows that have shards. */
async function sealedWindows(): Promise<string[]> {
  const ends = (await manifests()).filter(({ shards }) => shards.length > 0).map(({ window }) => window.end);
  return [...new Set(ends)].sort((a, b) => a - b).map(formatMicros);
}

interface SealLine {
  readonly manifest?: string;
  readonly same: boolean | number;
  readonly source?: string;
  readonly shards: readonly { readonly stored: string; readonly rebuilt: string }[];
}

/** Row counts of `tidemark status`. */
async function countedRows(): Promise<Record<string, number>> {
  const { tables } = JSON.parse(await installation.succeed(['status', '--json'])) as {
    tables: { rows: Record<string, number> }[];
  };
  return tables[0]!.rows;
}

function removeFromSink(name: string): Promise<void> {
  return rm(join(installation.sinkFolder, name));
}

describe('tidemark replay', () => {
  it('rebuilds every sealed window from the log and from the table, with the digests of its manifests', async () => {
    const refused = await installation.run(['adjust', '--to', '2026-01-01', '--yes']);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('ERR_GROUP_ACTIVE')]);
    await stopRunning();
    const before = await manifestTexts();
    for (const window of await sealedWindows()) {
      for (const source of ['log', 'table']) {
        const { status, lines } = await jsonLines<SealLine>([
          ...['replay', '--window', window, '--source', source],
        ]);
        expect([status, lines.at(-1)], window).toMatchObject([0, { different: 0, restored: 0 }]);
        for (const line of lines.slice(0, -1)) expect(line).toMatchObject({ same: true, source });
      }
    }
    expect(await manifestTexts()).toEqual(before);
    const nowhere = await installation.run(['replay', '--window', '2020-01-01']);
    expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining('ERR_WINDOW_NOT_FOUND')]);
  });

  it('finds a missing and a damaged shard, and puts both back when it is asked to', async () => {
    const largest = (await manifests()).filter(({ shards, kind }) => kind === 'window' && shards.length > 0);
    const window = formatMicros(largest.sort((a, b) => b.ledger.archived - a.ledger.archived)[0]!.window.end);
    const shards = largest
      .filter((seal) => formatMicros(seal.window.end) === window)
      .flatMap((seal) => seal.shards);
    expect(shards.length).toBeGreaterThan(1);
    await removeFromSink(shards[0]!.name);
    await writeFile(join(installation.sinkFolder, shards[1]!.name), 'torn');

    const looked = await jsonLines<SealLine>(['replay', '--window', window]);
    const found = looked.lines.slice(0, -1).flatMap((line) => line.shards);
    expect(looked.status).toBe(1);
    expect(
      found
        .map(({ stored }) => stored)
        .filter((state) => state !== 'intact')
        .sort(),
    ).toEqual(['damaged', 'missing']);
    expect(found.every(({ rebuilt }) => rebuilt === 'same')).toBe(true);

    const restored = await installation.succeed(['replay', '--window', window, '--restore']);
    expect(restored).toContain('2 shards restored');
    await expectExact();
    await installation.succeed(['verify']);
  });
});

describe('tidemark adjust', () => {
  it('says what follows, and moves nothing without a yes, to a time in a window, or into the future', async () => {
    const before = await installation.archivedUntil();
    const [first] = await manifests();
    const to = formatMicros(first!.window.start);
    expect(await installation.succeed(['adjust', '--to', to, '--dry-run'])).toContain('Back:');
    const unasked = await installation.run(['adjust', '--to', to]);
    expect([unasked.status, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const within = await installation.run(['adjust', '--to', to.replace('.000000', '.500000'), '--yes']);
    expect([within.status, within.stderr]).toEqual([2, expect.stringContaining('not the end of a window')]);
    const ahead = await installation.run(['adjust', '--to', '2100-01-01', '--yes']);
    expect([ahead.status, ahead.stderr]).toEqual([2, expect.stringContaining('has not come yet')]);
    expect(await installation.archivedUntil()).toBe(before);
  });

  it('back gathers again, adopts what is equal, packs what is gone, and archives no row twice', async () => {
    const before = await manifestTexts();
    const all = await manifests();
    const to = formatMicros(Math.min(...all.map(({ window }) => window.start)) as never);
    // Its rejected rows stand in supplements by now: gathered again, they must not be archived twice.
    const victim = all.find(({ rejects, shards }) => rejects.length > 0 && shards.length > 0)!;
    const victimName = [...before].find(([, text]) => text === JSON.stringify(victim, null, 2) + '\n')![0];
    await removeFromSink(victimName);
    for (const { name } of victim.shards) await removeFromSink(name);

    await installation.succeed(['adjust', '--to', to, '--yes']);
    expect(`${(await installation.archivedUntil()).replace(' ', 'T')}.000000Z`).toBe(to);
    await insertGood(5);
    running = installation.start(['run']);
    await untilArchived();
    await stopRunning();
    await expectExact();
    const after = await manifestTexts();
    const again = JSON.parse(after.get(victimName)!) as Manifest;
    expect(again.shards).toEqual(victim.shards);
    for (const [name, text] of before) if (name !== victimName) expect(after.get(name)).toBe(text);
    expect(await countedRows()).toMatchObject({ sent: 38, sealed: 38, overdue: 0 });
  });

  it('forward loses no row of the log: what was passed over becomes supplements', async () => {
    const capture = installation.start(['capture', '--log-level', 'debug']);
    const log = new LogLines(capture);
    const uids = await insertGood(10);
    const inserted = Date.parse(await installation.serverTime());
    const to = new Date(Math.ceil(inserted / 1_000) * 1_000).toISOString().replace('.000Z', '.000000Z');
    await log.untilMarked(to);
    const said = await installation.succeed(['adjust', '--to', to, '--yes']);
    expect(said).toContain('Forward:');
    expect(`${(await installation.archivedUntil()).replace(' ', 'T')}.000000Z`).toBe(to);

    running = installation.start(['archive']);
    await untilArchived();
    await stopRunning();
    capture.kill('SIGTERM');
    await once(capture, 'exit');
    await expectExact();
    const rows = await readArchivedRows(installation.sinkFolder);
    const passed = rows.filter(({ uid }) => uids.includes(uid));
    expect(passed.map(({ shard }) => shard.includes('-late-'))).toEqual(uids.map(() => true));
    expect(await countedRows()).toMatchObject({ sent: 48, sealed: 48, overdue: 0 });
  });

  it('refuses to go back further than the log reaches; replay then rebuilds from the table', async () => {
    const topic = `${installation.name}.public.files`;
    const admin = kafka.admin();
    await admin.connect();
    const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
      ...{ partition, offset: high },
    }));
    await admin.deleteTopicRecords({ topic, partitions });
    await admin.disconnect();

    const [victim] = (await manifests()).filter(({ shards, kind }) => kind === 'window' && shards.length > 0);
    const window = formatMicros(victim!.window.end);
    const back = await installation.run(['adjust', '--to', window, '--yes']);
    expect([back.status, back.stderr]).toEqual([1, expect.stringContaining('ERR_LOG_TRUNCATED')]);
    await removeFromSink(victim!.shards[0]!.name);
    const { status, lines } = await jsonLines<SealLine>(['replay', '--window', window, '--restore']);
    expect(status).toBe(0);
    expect(lines.slice(0, -1).map(({ source }) => source)).toContain('table');
    await expectExact();

    const [uid] = (await readArchivedRows(installation.sinkFolder))
      .filter(({ shard }) => shard === victim!.shards[0]!.name)
      .map((row) => row.uid);
    await installation.database.query('UPDATE files SET size_bytes = size_bytes + 1 WHERE uid = $1', [uid]);
    const changed = await installation.run(['replay', '--window', window]);
    expect([changed.status, changed.stdout]).toEqual([1, expect.stringContaining('DIFFERENT')]);
  });
});
