import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPostgres } from '../../src/watermark/postgres-connection.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';

let database: ConnectedDatabase;

beforeAll(async () => {
  database = await connectedDatabase();
});

afterAll(() => database.drop());

const use = <T>(query: string): Promise<T> =>
  withPostgres(
    { url: database.url, applicationName: 'test' },
    async (client) => (await client.query(query)) as T,
  );

describe('a connection that is lent', () => {
  it('and lost meanwhile is Postgres that is away, which may pass', async () => {
    await expect(use('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
      code: 'ERR_POSTGRES_UNREACHABLE',
      detail: expect.stringContaining('terminating connection') as string,
    });
  });

  it('and lost before a query is the same', async () => {
    const used = withPostgres({ url: database.url, applicationName: 'test' }, async (client) => {
      const lost = once(client, 'end');
      await expect(client.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
      await lost;
      await client.query('SELECT 1');
    });
    await expect(used).rejects.toMatchObject({ code: 'ERR_POSTGRES_UNREACHABLE' });
  });

  it('leaves what the server says of a query to whoever asked', async () => {
    await expect(use('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
  });
});
