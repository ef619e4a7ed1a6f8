import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { givenPostgres, POSTGRES_VARIABLE } from './given-services.ts';
import { startLocalPostgres } from './local-postgres.ts';
import type { LocalPostgres } from './local-postgres.ts';

const servers: LocalPostgres[] = [];

async function start(options?: Parameters<typeof startLocalPostgres>[0]): Promise<LocalPostgres> {
  const server = await startLocalPostgres(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a killed server starts again on its port with what was committed', async () => {
  const server = await start();
  const { pid, url } = server;
  await query(url, `CREATE TABLE files AS SELECT 'a' AS uid`);

  await server.kill();
  await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();

  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await query(url, 'SELECT uid FROM files')).toEqual([{ uid: 'a' }]);
});

test('a halted server keeps its data for a restart, and a stopped one keeps nothing', async () => {
  const server = await start();
  await query(server.url, `CREATE TABLE files AS SELECT 'a' AS uid`);

  await server.halt();
  await expect(query(server.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();
  expect(await query(server.url, 'SELECT uid FROM files')).toEqual([{ uid: 'a' }]);

  const folder = path.dirname(server.logFile);
  expect(existsSync(folder)).toBe(true);
  await server.stop();
  expect(existsSync(folder)).toBe(false);
});

test('data in a folder that the caller names serve the next start too', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'tidemark-data-'));
  chmodSync(dataDir, 0o755); // as root, Postgres is another user
  try {
    const first = await start({ dataDir });
    await query(first.url, `CREATE TABLE files AS SELECT 'a' AS uid`);
    await first.stop();
    const second = await start({ dataDir });
    expect(await query(second.url, 'SELECT uid FROM files')).toEqual([{ uid: 'a' }]);
    await second.stop();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('a given Postgres that cannot decode its WAL is refused with the commands that mend it', async () => {
  const server = await start({ settings: { wal_level: 'replica', max_prepared_transactions: '0' } });
  vi.stubEnv(POSTGRES_VARIABLE, server.url);
  const refusal = expect(givenPostgres()).rejects;
  await refusal.toThrow("wal_level is replica: ALTER SYSTEM SET wal_level = 'logical'");
  await refusal.toThrow('max_prepared_transactions is 0: ALTER SYSTEM SET max_prepared_transactions = 10');
});

test('a server that does not start fails with the end of its log', async () => {
  await expect(start({ settings: { wal_level: 'nonsense' } })).rejects.toThrow(
    /the local postgres ended before it was ready.*invalid value for parameter "wal_level": "nonsense"/s,
  );
});
