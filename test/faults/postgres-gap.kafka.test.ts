import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchivedRows } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';

let installation: Installation;
let follower: EventFollower;
let running: ReturnType<Installation['start']>;
const inserted: string[] = [];

beforeAll(async () => {
  installation = await Installation.create({ payload: 'row' });
  await installation.succeed(['init']);
  follower = await installation.follow();
  running = installation.start(['run']);
  await insert('first');
  await follower.untilWatermark(await installation.serverTime());
});

afterAll(async () => {
  await follower.close();
  await installation.drop();
});

async function insert(prefix: string): Promise<void> {
  inserted.push(...(await installation.insertFiles(20, { prefix })));
}

async function archiveOnce(): Promise<void> {
  running = installation.start(['run']);
  await insert(`after-${inserted.length}`);
  await follower.untilWatermark(await installation.serverTime());
  const archived = await readArchivedRows(installation.sinkFolder);
  expect(archived.map(({ uid }) => uid).sort()).toEqual([...inserted].sort());
  expect(installation.logOf(running)).toContain('rows passed by uncaptured');
}

describe('a gap in what capture has seen ends in an exact archive', () => {
  it('when the slot was dropped: capture refuses to start, and init mends it', async () => {
    await insert('before-slot');
    running.kill('SIGTERM');
    expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
    await installation.database.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()',
    );
    await insert('without-slot');
    const refused = await installation.run(['run']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/slot\.[a-z0-9_]+: it does not exist → tidemark init/);
    await installation.succeed(['init']);
    await archiveOnce();
  });

  it('when the publication was dropped: the running machine ends and says how far it came, and init mends it', async () => {
    const ended = once(running, 'exit');
    await insert('before-publication');
    await installation.database.query(
      `DO $$ DECLARE name text; BEGIN SELECT pubname INTO name FROM pg_publication; EXECUTE format('DROP PUBLICATION %I', name); END $$`,
    );
    await insert('without-publication');
    expect(await ended, installation.logOf(running)).toEqual([1, null]);
    expect(installation.logOf(running)).toMatch(
      /ERR_PUBLICATION_INVALID.*does not exist; everything up to [0-9A-F/]+ is captured/,
    );
    expect(installation.logOf(running)).toContain('tidemark reconcile');
    await installation.succeed(['init']);
    await archiveOnce();
  });
});
