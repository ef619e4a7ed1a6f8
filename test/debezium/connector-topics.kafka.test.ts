import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PassedReason } from '../../src/base/debezium-events.ts';
import { Events } from '../../src/base/event-map.ts';
import type { Stage } from '../../src/base/stage.ts';
import { initialise } from '../../src/cli/initialise.ts';
import { collectStatus } from '../../src/cli/status/collect-status.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { createCapture } from '../../src/pipeline.ts';
import { Installation } from '../support/installation.ts';
import { LogReader } from '../support/log-reader.ts';
import { uniqueName } from '../support/services/fresh.ts';

/** Records as the connector writes them, by a producer of the test's own: in transactions, as `exactly.once.source.support` does. */
const PREFIX = uniqueName('dbz');
const TOPIC = `${PREFIX}.public.files`;
const BEATS = `__debezium-heartbeat.${PREFIX}`;

const NOW = (Date.now() * 1_000) as Micros;
const ago = (seconds: number): Micros => (NOW - seconds * MICROS_PER_SECOND) as Micros;

let installation: Installation;
let config: Config;
let admin: Admin;
let producer: Producer;
let reader: LogReader;
const stages: Stage[] = [];

beforeAll(async () => {
  installation = await Installation.create({ config: { debezium: { topicPrefix: PREFIX } } });
  config = loadConfig({ path: installation.configPath, env: {} });
  const kafka = new Kafka({ brokers: [...installation.kafkaBrokers], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [
      { topic: TOPIC, numPartitions: 2 },
      { topic: BEATS, numPartitions: 1 },
    ],
  });
  const transactionalId = uniqueName('connector');
  producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await initialise({ config, begin: ago(100) });
  reader = await LogReader.start(kafka, new Map([[`${config.name}.public.files`, 2]]));
});

afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.stop()));
  await Promise.all([reader.close(), producer.disconnect(), admin.disconnect()]);
  await installation.drop();
});

interface Row {
  readonly uid: string;
  readonly createdAt: Micros;
  readonly committedAt: Micros;
  readonly op?: string;
}

async function send(partition: number, rows: readonly Row[]): Promise<void> {
  const messages = rows.map(({ uid, createdAt, committedAt, op = 'c' }) => ({
    partition,
    key: JSON.stringify({ uid }),
    value: JSON.stringify({
      ...{
        op,
        before: null,
        after: { uid, created_at: formatMicros(createdAt), file_location: '/f', size_bytes: 1 },
      },
      ...{
        source: { ts_us: committedAt, lsn: 28869528, txId: 764, snapshot: op === 'r' ? 'last' : 'false' },
      },
      ts_us: committedAt,
    }),
  }));
  await sendAll(TOPIC, messages);
}

async function sendAll(
  topic: string,
  messages: { partition: number; value: string; key?: string }[],
): Promise<void> {
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages });
  await transaction.commit();
}

interface Running {
  readonly stage: Stage;
  readonly ended: Promise<void>;
  readonly passed: Map<PassedReason, number>;
}

/** Resolves when it reads. */
async function start(): Promise<Running> {
  const events = new Events();
  const passed = new Map<PassedReason, number>();
  events.on('debezium:passed', ({ reason, records }) =>
    passed.set(reason, (passed.get(reason) ?? 0) + records),
  );
  const started = new Promise<void>((resolve) => events.on('debezium:started', () => resolve()));
  const stage = createCapture({ config, events, toolVersion: 'test' });
  stages.push(stage);
  const ended = stage.run();
  await Promise.race([started, ended]);
  return { stage, ended, passed };
}

const uids = (): string[] =>
  reader
    .rows()
    .map(({ uid }) => uid)
    .sort();

it('what was there before the first start and counts as archived is passed over, what comes late after it is not', async () => {
  await send(1, [
    { uid: 'before', createdAt: ago(9_000), committedAt: ago(90) },
    { uid: 'new', createdAt: ago(60), committedAt: ago(60) },
  ]);
  const { stage, ended, passed } = await start();
  await send(0, [
    { uid: 'late', createdAt: ago(9_000), committedAt: ago(40) },
    { uid: 'snapshot', createdAt: ago(9_000), committedAt: ago(40), op: 'r' },
    { uid: 'new', createdAt: ago(60), committedAt: ago(30), op: 'u' },
  ]);
  // Behind the last row of either partition stands the marker of a transaction, which holds no mark back.
  await reader.untilMarked(ago(30));
  expect(uids()).toEqual(['late', 'new']);
  expect(Object.fromEntries(passed)).toEqual({ archived: 2, update: 1 });
  await stage.drain();
  await ended;
});

it('a second start goes on where the first has left off, and quiet topics are marked by heartbeats', async () => {
  const { stage, ended } = await start();
  const beats = [ago(20), ago(10)].map((sentAt) => ({
    partition: 0,
    value: JSON.stringify({ ts_ms: Math.floor(sentAt / 1_000) }),
  }));
  await sendAll(BEATS, beats);
  await reader.untilMarked((Math.floor(ago(20) / 1_000) * 1_000) as Micros);
  expect(uids()).toEqual(['late', 'new']);
  await stage.drain();
  await ended;
});

it('a record that the connector would not write ends capture with its place, and status shows what is not read', async () => {
  const { ended } = await start();
  const failed = expect(ended).rejects.toMatchObject({
    code: 'ERR_DEBEZIUM_RECORD',
    detail: expect.stringContaining(`${TOPIC}/0, offset `) as string,
  });
  await sendAll(TOPIC, [{ partition: 0, value: 'hello' }]);
  await failed;
  const { slot, connector, problems } = await collectStatus(config, NOW);
  expect({ slot, problems }).toEqual({ slot: null, problems: [] });
  expect(connector).toMatchObject({ topicPrefix: PREFIX, reader: null, standbys: 0 });
  expect(connector!.unreadRecords).toBeGreaterThanOrEqual(1);
});

it('records that were removed before they were read are told', async () => {
  await send(1, [{ uid: 'gone', createdAt: ago(5), committedAt: ago(5) }]);
  const offsets = (await admin.fetchTopicOffsets(TOPIC)).map(({ partition, high }) => ({
    partition,
    offset: high,
  }));
  await admin.deleteTopicRecords({ topic: TOPIC, partitions: offsets });
  const { ended } = await start();
  await expect(ended).rejects.toMatchObject({ code: 'ERR_DEBEZIUM_TRUNCATED' });
});
