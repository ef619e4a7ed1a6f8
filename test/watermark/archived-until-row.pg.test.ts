import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { micros } from '../../src/model/micros.ts';
import { ensureArchiveConfig, ensureArchiveConfigTable } from '../../src/watermark/archive-config.ts';
import { ArchivedUntilRows } from '../../src/watermark/archived-until-row.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const KEY = { table: 'public.files', id: null };
const START = micros(1_700_000_000_000_000);
const NEXT = micros(1_700_000_001_000_000);

let database: ConnectedDatabase;
let client: pg.Client;
let proxy: TcpProxy;
let rows: ArchivedUntilRows;

beforeEach(async () => {
  database = await connectedDatabase();
  client = database.client;
  await ensureArchiveConfigTable(client);
  await ensureArchiveConfig({ client, key: KEY, lagMicros: 0, start: START });
  proxy = await TcpProxy.start(database.url);
  rows = new ArchivedUntilRows({
    url: proxy.urlOf(database.url),
    applicationName: 'tidemark-archive test',
    events: new Events(),
    answerWithinMs: 600,
  });
});

afterEach(async () => {
  await rows.close();
  await proxy.close();
  await database.drop();
});

describe('the row in des_archive_config', () => {
  it('is reached over a new connection when the one in use has died in silence', async () => {
    expect(await rows.read(KEY)).toBe(START);
    proxy.find('tidemark-archive test').stall();
    await expect(rows.advance(KEY, NEXT)).rejects.toThrow('Query read timeout');
    await rows.advance(KEY, NEXT);
    expect(await rows.read(KEY)).toBe(NEXT);
  });

  it('is reached over a new connection when the server hung up with its answer, between two queries', async () => {
    expect(await rows.read(KEY)).toBe(START);
    const answered = proxy.find('tidemark-archive test').answerAtTheEnd();
    const failing = expect(rows.read(KEY)).rejects.toThrow('connection error');
    await answered;
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark-archive test'`,
    );
    await failing;
    expect(await rows.read(KEY)).toBe(START);
  });

  it('that somebody holds locked is given up by the server, so that no backend of ours stays behind', async () => {
    await client.query('BEGIN; SELECT FROM des_archive_config FOR UPDATE');
    await expect(rows.advance(KEY, NEXT)).rejects.toMatchObject({ code: '55P03' });
    const waiting = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(waiting.rowCount).toBe(0);
    await client.query('ROLLBACK');
    await rows.advance(KEY, NEXT);
    expect(await rows.read(KEY)).toBe(NEXT);
  });
});
