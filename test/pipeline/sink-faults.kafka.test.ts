import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rmdir,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import { readArchivedRows, readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';
import { eitherForm } from '../support/long-form.ts';
import { SmallDisk } from '../support/mounts.ts';
import { scrape, servedUrl } from '../support/scrape.ts';
import { Random, SEED } from '../support/seed.ts';

let installation: Installation;
let follower: EventFollower;
let disk: SmallDisk | undefined;

beforeEach(async () => {
  installation = await Installation.create();
  await installation.succeed(['init']);
  follower = await installation.follow();
});

afterEach(async () => {
  // Processes that wait for the disk in the kernel cannot even be killed.
  disk?.thaw();
  await follower.close();
  await installation.drop();
  disk?.unmount();
  disk = undefined;
});

/** Puts the sink on a disk of its own. */
async function mountSink(): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'));
  disk = SmallDisk.mount(folder);
  await rmdir(installation.sinkFolder);
  await symlink(disk.folder, installation.sinkFolder);
  return disk;
}

/** Files of 64 kB that zstd hardly makes smaller, one row each. @returns what the archive must hold of them. */
async function insertLargeFiles(prefix: string): Promise<Map<string, string>> {
  const random = new Random(SEED);
  const files = new Map<string, string>();
  for (let i = 0; i < 12; i++) {
    const text = Array.from({ length: 64_000 }, () => random.between(33, 126));
    files.set(`${prefix}-${i}`, Buffer.from(text).toString('latin1'));
  }
  for (const [uid, content] of files) await writeFile(join(installation.sourceFolder, uid), content);
  await installation.database.query(
    `INSERT INTO files (uid, file_location, size_bytes) SELECT uid, $2 || '/' || uid, 64000 FROM unnest($1::text[]) AS uid`,
    [[...files.keys()], installation.sourceFolder],
  );
  return files;
}

/** True when the watermark stands before the first of these rows. */
async function isArchivedBefore(prefix: string): Promise<boolean> {
  const { rows } = await installation.database.query<{ before: boolean }>(
    `SELECT archived_until < (SELECT min(created_at) AT TIME ZONE 'UTC' FROM files WHERE starts_with(uid, $1)) AS before FROM des_archive_config`,
    [prefix],
  );
  return rows[0]!.before;
}

async function expectArchived(wanted: ReadonlyMap<string, string>): Promise<void> {
  const archived = await readArchivedRows(installation.sinkFolder);
  expect(archived.map(({ uid }) => uid).sort()).toEqual([...wanted.keys()].sort());
  for (const { uid, content } of archived) expect(content === wanted.get(uid), uid).toBe(true);
  const announced = follower
    .ofType('tidemark.shard.created.v1')
    .map(({ data }) => (data['shard'] as { name: string }).name);
  const named = (await readManifests(installation.sinkFolder)).flatMap(({ shards }) =>
    shards.map(({ name }) => name),
  );
  expect(announced.sort()).toEqual(named.sort());
}

/** Told of after ten seconds, and each time the wait has doubled: 80 s are the first that are more than a minute. */
const HELD_MS = eitherForm({ short: /^1\d{4}$/, long: /^8\d{4}$/ });

describe('a sink that cannot take a shard', () => {
  it('(full, read-only, held) stops the watermark, says what mends it, and goes on by itself', async () => {
    installation.start(['capture']);
    const small = await mountSink();
    const before = await readdir(small.folder);
    await installation.succeed(['check']);
    const after = await readdir(small.folder, { recursive: true });
    expect(after.sort()).toEqual([...before, '.tidemark-tmp'].sort());
    small.fill({ freeBytes: 0 });
    const archiver = installation.start(['archive']);
    const log = new LogLines(archiver);
    const wanted = await insertLargeFiles('first');
    await log.until(({ reason }) => /ENOSPC/.test(String(reason)));
    small.makeRoom();
    await follower.untilWatermark(await installation.serverTime());
    const metrics = await servedUrl(log);
    const held = async () => (await scrape(metrics)).get('des_sink_held');

    const faults = [
      {
        name: 'full',
        break: () => small.fill({ freeBytes: 300_000 }),
        says: { reason: /ENOSPC/, remedy: /^Make room/ },
        mend: () => small.makeRoom(),
      },
      {
        name: 'read-only',
        break: () => small.remount('ro'),
        says: { reason: /EROFS/, remedy: /`mount -o remount,rw`/ },
        mend: () => small.remount('rw'),
      },
      {
        name: 'held',
        break: () => small.freeze(),
        says: { msg: /the sink does not answer/, remedy: /findmnt/, heldMs: HELD_MS },
        mend: () => small.thaw(),
      },
    ];
    for (const fault of faults) {
      fault.break();
      for (const file of await insertLargeFiles(fault.name)) wanted.set(...file);
      const says = Object.entries(fault.says);
      await log.until((line) => says.every(([key, pattern]) => pattern.test(String(line[key]))));
      expect(await isArchivedBefore(fault.name)).toBe(true);
      expect(((await held()) ?? 0) > 0, fault.name).toBe(fault.name === 'held');
      fault.mend();
      await follower.untilWatermark(await installation.serverTime());
    }
    await log.until(({ msg }) => msg === 'the sink has answered');
    expect(await held()).toBe(0);

    archiver.kill('SIGTERM');
    expect(await once(archiver, 'exit'), installation.logOf(archiver)).toEqual([0, null]);
    expect(installation.logOf(archiver).match(/joined the archive group/g)).toHaveLength(1);
    await expectArchived(wanted);
    expect(await readdir(join(installation.sinkFolder, '.tidemark-tmp'))).toEqual([]);
    expect((await installation.run(['verify'])).status).toBe(0);
  });
});

describe("a file under a shard's name", () => {
  /** Lets an archiver die between the shard and its manifest. @returns the path of that shard. */
  async function dieBetweenShardAndManifest(): Promise<string> {
    const doomed = installation.start(['archive'], { TIDEMARK_FAILPOINTS: 'manifest:fsynced=kill' });
    await once(doomed, 'exit');
    const named = (await readManifests(installation.sinkFolder)).flatMap(({ shards }) => shards);
    const unnamed = (await installation.shards()).filter(
      (shard) => !named.some(({ name }) => name === shard) && !passedOver.has(shard),
    );
    return join(installation.sinkFolder, unnamed[0]!);
  }

  const passedOver = new Set<string>();

  it('that a power cut has torn is passed over; one of other bytes stops the archive until the remedy is done', async () => {
    installation.start(['capture']);
    const wanted = new Map((await installation.insertFiles(30)).map((uid) => [uid, contentOf(uid)]));

    const torn = await dieBetweenShardAndManifest();
    await truncate(torn, 700);
    const half = await readFile(torn);
    const second = installation.start(['archive']);
    const log = new LogLines(second);
    const line = await log.until(({ msg }) => msg?.startsWith('a file that no manifest names') === true);
    expect(join(installation.sinkFolder, String(line['name']))).toBe(torn);
    passedOver.add(String(line['name']));
    await follower.untilWatermark(await installation.serverTime());
    second.kill('SIGTERM');
    expect(await once(second, 'exit')).toEqual([0, null]);
    expect(await readFile(torn)).toEqual(half);
    await expectArchived(wanted);

    for (const uid of await installation.insertFiles(30)) wanted.set(uid, contentOf(uid));
    const taken = await dieBetweenShardAndManifest();
    const other = (await readManifests(installation.sinkFolder)).flatMap(({ shards }) => shards)[0]!;
    await unlink(taken);
    await copyFile(join(installation.sinkFolder, other.name), taken);
    const refused = installation.start(['archive']);
    expect(await once(refused, 'exit')).toEqual([1, null]);
    const said = installation.logOf(refused);
    expect(said).toContain('ERR_SHARD_CONFLICT');
    expect(await readFile(taken)).toEqual(await installation.readSink(other.name));
    execFileSync('sh', ['-c', /mv \S+ \S+\.aside/.exec(said)![0]]);
    const last = installation.start(['archive']);
    await follower.untilWatermark(await installation.serverTime());
    last.kill('SIGTERM');
    expect(await once(last, 'exit')).toEqual([0, null]);
    await expectArchived(wanted);
  });
});
