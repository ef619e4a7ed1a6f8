import { afterEach, beforeEach, expect, it } from 'vitest';
import { ReplicationStream } from '../../src/capture/replication-stream.ts';
import { StreamFailure } from '../../src/capture/stream-failure.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let database: ConnectedDatabase;
let proxy: TcpProxy;

beforeEach(async () => {
  database = await connectedDatabase();
  proxy = await TcpProxy.start(database.url);
});

afterEach(async () => {
  await proxy.close();
  await database.drop();
});

it('fails, and does not end the process, when the server dies with the last word of the login', async () => {
  const opening = ReplicationStream.open({
    url: proxy.urlOf(database.url),
    slot: 'not_reached',
    publication: 'not_reached',
    silenceMaxMs: 10_000,
    onChange: () => undefined,
  });
  const failing = expect(opening).rejects.toBeInstanceOf(StreamFailure);
  await (await proxy.next()).answerAtTheEnd();
  await database.client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'tidemark-capture stream'`,
  );
  await failing;
});
