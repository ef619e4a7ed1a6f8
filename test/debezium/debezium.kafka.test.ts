import { once } from 'node:events';
import { Client } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { readManifests } from '../support/archive-contents.ts';
import { startDebezium } from '../support/debezium-connector.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import { Installation } from '../support/installation.ts';
import { uniqueName } from '../support/services/fresh.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('the topics of Debezium’s connector are archived exactly once, while connector, capture and archive are killed', async () => {
  const prefix = uniqueName('dbz');
  const heartbeatTopics = [`__debezium-heartbeat.${prefix}`, `${prefix}.message`];
  const installation = await Installation.create({
    config: { debezium: { topicPrefix: prefix, heartbeatTopics } },
    ...{ lag: '4s', lateness: '3s' },
  });
  cleanups.push(() => installation.drop());
  const uids = await installation.insertFiles(10, { createdAt: "now() - interval '25 hours'" });
  const connector = await startDebezium({
    ...{ prefix, databaseUrl: installation.databaseUrl, kafkaBrokers: installation.kafkaBrokers },
    schemas: true,
    // It forgets all that it has sent when it is killed, and sends it again.
    offsetFlushMs: 600_000,
    connector: {
      'topic.creation.default.partitions': '3',
      'heartbeat.action.query': "SELECT pg_logical_emit_message(true, 'heartbeat', now()::varchar)",
    },
  });
  cleanups.push(() => connector.stop());
  await installation.succeed(['init']);
  await installation.succeed(['check']);

  const first = installation.start(['capture']);
  const says = (child: typeof first, words: string) =>
    expect.poll(() => installation.logOf(child), { timeout: 30_000 }).toContain(words);
  await says(first, 'reads the topics of the connector');
  const second = installation.start(['capture']);
  const archive = installation.start(['archive']);
  const follower = await installation.follow();
  cleanups.push(() => follower.close());
  await says(second, 'standing by');

  // A transaction that is open while others come and go: its rows are older than theirs, and come behind them.
  const open = await openTransaction(installation);
  const insertMany = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) uids.push(...(await installation.insertFiles(10)));
  };
  await Promise.all([insertMany(), insertMany()]);
  uids.push(...(await open.commit()));
  await follower.untilWatermark(await installation.serverTime());
  await installation.database.query('UPDATE files SET size_bytes = size_bytes');

  await Promise.all([connector.kill(), kill(first), kill(archive)]);
  await Promise.all([connector.restart(), says(second, 'reads the topics of the connector'), insertMany()]);
  const resumed = installation.start(['archive']);
  await insertMany();
  await follower.untilWatermark(await installation.serverTime());
  uids.push(...(await installation.insertFiles(5, { createdAt: "now() - interval '24 hours'" })));
  await follower.untilWatermark(await installation.serverTime());
  await Promise.all([stop(second, installation), stop(resumed, installation)]);

  await expectExactlyOnce(installation, { uids });
  const manifests = await readManifests(installation.sinkFolder);
  const duplicates = manifests.reduce((sum, { ledger }) => sum + ledger.duplicates, 0);
  expect(duplicates).toBeGreaterThan(100);
  const late = manifests.filter(({ kind }) => kind === 'late');
  expect(late.reduce((sum, { ledger }) => sum + ledger.archived, 0)).toBeGreaterThanOrEqual(5);
  await installation.succeed(['reconcile', '--from', '2000-01-01', '--to', await installation.serverTime()]);
});

/** Rows of one transaction, stamped when it begins. */
async function openTransaction(installation: Installation): Promise<{ commit: () => Promise<string[]> }> {
  const { database } = installation;
  const client = new Client({ connectionString: installation.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  installation.database = client;
  const uids = await installation.insertFiles(10);
  installation.database = database;
  return {
    commit: async () => {
      await client.query('COMMIT');
      await client.end();
      return uids;
    },
  };
}

async function kill(child: ReturnType<Installation['start']>): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function stop(child: ReturnType<Installation['start']>, installation: Installation): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
  expect(installation.logOf(child)).not.toContain('still open');
}
