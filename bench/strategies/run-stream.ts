import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { builtCli } from '../../test/support/built-cli.ts';
import { MeasuredProcess } from '../archive/measured-process.ts';
import { watchSeals } from '../archive/sealed-rows.ts';
import type { SealWatch } from '../archive/sealed-rows.ts';
import { deleteTopics } from '../archive/stand.ts';
import { archiveIn } from './archive-in.ts';
import type { Strategy, StrategyRun, StrategyStand } from './strategy.ts';
import { writeTidemarkConfig } from './tidemark-config.ts';

/**
 * The stream over rows that are there already: `tidemark init`, then `tidemark run` until the last row is announced as
 * sealed. Its snapshot reads the table once; rows that are inserted later come from the WAL, and no SELECT reads them.
 */
export const streamStrategy: Strategy = {
  isMarking: false,
  walLevel: 'logical',
  usesKafka: true,
  prepare: async (stand) => {
    writeTidemarkConfig(stand, nameOf(stand));
    await useOnce(kafkaOf(stand), nameOf(stand));
  },
  run: async (stand) => {
    const kafka = kafkaOf(stand);
    try {
      return await runStream(stand, kafka);
    } finally {
      await deleteTopics(kafka, nameOf(stand));
    }
  },
};

async function runStream(stand: StrategyStand, kafka: Kafka): Promise<StrategyRun> {
  const began = performance.now();
  await promisify(execFile)(process.execPath, [builtCli(), 'init', '--from', stand.times.start], {
    cwd: stand.folder,
  });
  const initMs = performance.now() - began;
  const watch = await watchSeals({ kafka, name: nameOf(stand) });
  try {
    const totalMs = initMs + (await runUntilSealed(stand, watch));
    await requireArchived(stand);
    const files = watch.seals.reduce((sum, { received }) => sum + received, 0);
    return {
      ...{ totalMs, insideMs: null, selectMs: null, updateMs: null, packMs: null, validateMs: null },
      ...{ files, ...archiveIn(stand.folder) },
    };
  } finally {
    await watch.close();
  }
}

/** With the orderly stop: only then does archived_until surely stand in Postgres, as after a cycle. */
async function runUntilSealed(stand: StrategyStand, watch: SealWatch): Promise<number> {
  const began = performance.now();
  const machine = new MeasuredProcess({ args: ['run', '--no-serve'], folder: stand.folder });
  try {
    await Promise.race([watch.rows(stand.rows), machine.died]);
  } finally {
    await machine.stop();
  }
  return performance.now() - began;
}

/** The broker may hold topics of other runs. */
function nameOf({ folder }: StrategyStand): string {
  return `bench_${basename(dirname(folder))
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_')}`;
}

function kafkaOf({ kafkaBrokers }: StrategyStand): Kafka {
  return new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING });
}

/**
 * The first group and the first transaction of a new cluster make topics of its own: no installation pays that again.
 * The group is joined by a consumer, which tries again by itself while its coordinator is still loading.
 */
async function useOnce(kafka: Kafka, name: string): Promise<void> {
  const topic = `${name}.first`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  await (await producer.transaction()).abort();
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: topic });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachMessage: () => Promise.resolve() });
  await joined;
  await consumer.disconnect();
}

async function requireArchived({ client, times }: StrategyStand): Promise<void> {
  const { rows } = await client.query<{ done: boolean; at: string }>(
    `SELECT archived_until >= $1::timestamptz AS done, archived_until::text AS at FROM des_archive_config`,
    [times.end],
  );
  if (rows[0]?.done !== true) throw new Error(`the stream stopped with archived_until at ${rows[0]?.at}`);
}
