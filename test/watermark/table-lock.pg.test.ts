import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { SharedLocks } from '../../src/watermark/shared-locks.ts';
import { takeTableLock } from '../../src/watermark/table-lock.ts';
import { freshDatabase } from '../support/services/fresh.ts';
import type { FreshDatabase } from '../support/services/fresh.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const TABLE = 'public.files';

let database: FreshDatabase;
const clients: pg.Client[] = [];
const locks: SharedLocks[] = [];

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(async () => {
  await Promise.all(locks.splice(0).map((lock) => lock.close()));
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await database.drop();
});

async function connect(applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, application_name: applicationName });
  await client.connect();
  clients.push(client);
  return client;
}

function share(events = new Events()): SharedLocks {
  const shared = new SharedLocks({
    ...{ url: database.url, applicationName: 'tidemark-archive t', tables: [TABLE], events },
  });
  locks.push(shared);
  return shared;
}

/** Ends the session that holds the shared lock, as a failover or an operator would. */
function cut(client: pg.Client): Promise<unknown> {
  return client.query(
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'tidemark-archive t'`,
  );
}

async function holders(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND granted AND database =
       (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows[0]!.n;
}

it('processes of the stream share a table; a cycle has it alone, and is told who has it', async () => {
  await share().open();
  await share().open();
  const cycle = await connect('tidemark-cycle t');
  await expect(takeTableLock(cycle, TABLE, 'exclusive')).rejects.toMatchObject({
    code: 'ERR_TABLE_TAKEN',
    detail: expect.stringMatching(/session \d+ \(tidemark-archive t\), session \d+/) as string,
  });
  await takeTableLock(cycle, 'public.other', 'exclusive');
  await Promise.all(locks.splice(0).map((lock) => lock.close()));
  await expect.poll(() => holders(cycle)).toBe(1);
  await takeTableLock(cycle, TABLE, 'exclusive');
  await expect(share().open()).rejects.toMatchObject({
    code: 'ERR_TABLE_TAKEN',
    detail: expect.stringContaining('(tidemark-cycle t)') as string,
  });
});

it('a lock that is lost with its connection is taken again', async () => {
  const observer = await connect('observer');
  await share().open();
  expect(await holders(observer)).toBe(1);
  await cut(observer);
  await expect.poll(() => holders(observer), { timeout: 30_000 }).toBe(1);
});

it('a process whose lock a cycle has taken meanwhile is told so', async () => {
  const cycle = await connect('tidemark-cycle t');
  const shared = share();
  await shared.open();
  const refused = expect(shared.refused).rejects.toMatchObject({ code: 'ERR_TABLE_TAKEN' });
  // Queued before the session ends, so that the process cannot be quicker. The key is that of takeTableLock.
  const [observer, key] = [await connect('observer'), 0x74696465];
  const taken = cycle.query('SELECT pg_advisory_lock($1, hashtext($2))', [key, TABLE]);
  const queued = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objsubid = 2`;
  await expect.poll(async () => (await observer.query(queued)).rowCount).toBe(1);
  await cut(observer);
  await taken;
  await refused;
});

it('a lock whose connection is open on our side alone is taken again', async () => {
  const observer = await connect('observer');
  const proxy = await TcpProxy.start(database.url);
  const shared = new SharedLocks({
    ...{ url: proxy.urlOf(database.url), applicationName: 'tidemark-archive t', tables: [TABLE] },
    ...{ events: new Events(), lookEveryMs: 20, answerWithinMs: 200 },
  });
  try {
    await shared.open();
    const again = proxy.next();
    proxy.find('tidemark-archive').stall();
    await again;
    // The server has not heard of the end of the first.
    await expect.poll(() => holders(observer), { timeout: 30_000 }).toBe(2);
  } finally {
    await shared.close();
    await proxy.close();
  }
});

it('Postgres away is waited for, with an event', async () => {
  const events = new Events();
  const waiting: string[] = [];
  events.on('lock:waiting', ({ reason }) => waiting.push(reason));
  const shared = new SharedLocks({
    ...{ url: 'postgres://127.0.0.1:1/none', applicationName: 'tidemark-archive t', tables: [TABLE], events },
  });
  locks.push(shared);
  await shared.open();
  expect(waiting[0]).toContain('ECONNREFUSED');
});
