import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { readHoldingTransactions } from '../../src/capture/holding-transactions.ts';
import { readServerTransactions } from '../../src/capture/server-transactions.ts';
import { freshDatabase } from '../support/services/fresh.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connect(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  await client.connect();
  cleanups.push(() => client.end());
  return client;
}

it.each(['tidemark-capture marks', 'tidemark-archive files', 'tidemark-status files'])(
  'a transaction of %s holds no mark back, and nobody is told that it does; one of others does both',
  async (applicationName) => {
    const database = await freshDatabase();
    const { url } = database;
    cleanups.push(() => database.drop());
    const [own, other, observer] = await Promise.all([
      connect(url, applicationName),
      connect(url, 'an application'),
      connect(url, 'the test'),
    ]);
    await own.query('BEGIN');
    expect((await readServerTransactions(observer, [])).open).toEqual([]);
    expect((await readHoldingTransactions(observer, [])).transactions).toEqual([]);
    await other.query('BEGIN');
    expect((await readServerTransactions(observer, [])).open).toHaveLength(1);
    expect((await readHoldingTransactions(observer, [])).transactions).toMatchObject([
      { application: 'an application' },
    ]);
  },
);
