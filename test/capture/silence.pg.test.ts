import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectPostgres } from '../../src/capture/postgres-session.ts';
import { endSession } from '../../src/capture/end-session.ts';
import { whileAnswering } from '../../src/capture/silence.ts';
import { services } from '../support/services/services.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let proxy: TcpProxy;
let client: pg.Client;
let watch: { url: string; silenceMaxMs: number };

beforeEach(async () => {
  const { postgresUrl } = await services();
  proxy = await TcpProxy.start(postgresUrl);
  watch = { url: proxy.urlOf(postgresUrl), silenceMaxMs: 200 };
  client = await connectPostgres({ url: watch.url, purpose: 'long', answerWithinMs: null });
});

afterEach(async () => {
  await endSession(client);
  await proxy.close();
});

describe('a server that says nothing', () => {
  it('because it is busy is waited for, however long it takes', async () => {
    const slow = whileAnswering(client, watch, () => client.query('SELECT pg_sleep(1.2)'));
    await expect(slow).resolves.toMatchObject({ rowCount: 1 });
  });

  it('because its answer is lost on the way is given up', async () => {
    const lost = whileAnswering(client, watch, () => {
      proxy.find('tidemark-capture long\0').stall();
      return client.query('SELECT 1');
    });
    await expect(lost).rejects.toThrow(/silent for \d+ ms/);
  });

  it('because nobody can reach it any more is given up', async () => {
    const busy = whileAnswering(client, watch, () => client.query('SELECT pg_sleep(5)'));
    proxy.find('tidemark-capture long\0').stall();
    proxy.refuse();
    await expect(busy).rejects.toThrow(/silent for \d+ ms/);
  });
});
