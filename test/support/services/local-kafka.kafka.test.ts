import { existsSync } from 'node:fs';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalKafka } from './local-kafka.ts';
import type { LocalKafka } from './local-kafka.ts';

const TOPIC = 'rows';
let server: LocalKafka;

beforeAll(async () => {
  server = await startLocalKafka();
});
afterAll(() => server.stop());

function client(): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...server.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 60 },
  });
}

async function inTransaction(messages: readonly string[]): Promise<void> {
  const producer = client().producer({ transactionalId: 'rows', maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: TOPIC, messages: messages.map((value) => ({ value })) });
  await transaction.commit();
  await producer.disconnect();
}

/** @returns the values of the topic's first `count` messages. */
async function read(count: number): Promise<string[]> {
  const consumer = client().consumer({ groupId: `reader-${count}` });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const values: string[] = [];
  await new Promise<void>((resolve, reject) => {
    // A coordinator that still loads crashes the consumer too, which then starts again by itself.
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    consumer
      .run({
        eachMessage: ({ message }) => {
          if (values.push(String(message.value)) === count) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return values;
}

test('transactions work, and what they committed outlives SIGKILL and a clean restart', async () => {
  const admin = client().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  const [{ pid }, brokers] = [{ pid: server.pid }, [...server.brokers]];
  await inTransaction(['a']);

  await server.kill();
  await server.restart();
  expect(server.brokers).toEqual(brokers);
  expect(server.pid).not.toBe(pid);
  await inTransaction(['b']);
  expect(await read(2)).toEqual(['a', 'b']);

  await server.restart();
  await inTransaction(['c']);
  expect(await read(3)).toEqual(['a', 'b', 'c']);
});

test('a topic is not made by asking for it', async () => {
  const admin = client().admin();
  await admin.connect();
  await expect(admin.fetchTopicMetadata({ topics: ['nobody-made-this'] })).rejects.toMatchObject({
    type: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
  await admin.disconnect();
});

test('a stopped broker leaves nothing behind', async () => {
  const folder = path.dirname(server.logFile);
  expect(existsSync(folder)).toBe(true);
  await server.stop();
  expect(existsSync(folder)).toBe(false);
});
