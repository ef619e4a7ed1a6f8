import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { Events } from '../../src/base/event-map.ts';
import { LogConsumer } from '../../src/log/consumer.ts';
import type { PartitionHandler, PulledBatch } from '../../src/log/partition-handler.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { offset } from '../../src/model/offset.ts';
import { commitOffsets } from '../support/kafka-tool.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

const PARTITIONS = 2;
const RECORDS = 20;

let kafka: Kafka;
let admin: Admin;
const open: LogConsumer[] = [];

beforeAll(async () => {
  const { kafkaBrokers } = await services();
  kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'test', events: new Events() });
  admin = kafka.admin();
  await admin.connect();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close('stop')));
});

afterAll(async () => {
  await admin.disconnect();
});

async function filledTopic(): Promise<string> {
  const topic = uniqueName('rows');
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS }] });
  const producer = kafka.producer();
  await producer.connect();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const messages = Array.from({ length: RECORDS }, (_, index) => ({
      partition,
      value: `${partition}:${index}`,
    }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
  return topic;
}

/** A member of a group whose handlers write down what happens to them. */
class Member {
  readonly happened = new EventEmitter().setMaxListeners(100);
  readonly values = new Map<number, string[]>();
  readonly revoked = new Set<number>();
  /** Partitions whose handlers were made, in the order of their numbers. */
  readonly started: number[] = [];
  readonly ended: Promise<void>;
  /** What `consume` of a partition waits for before it returns. */
  readonly held = new Map<number, Promise<void>>();
  startFrom = 0;
  /** What `start` waits for before it returns. */
  starts: Promise<void> = Promise.resolve();
  failWith: Error | undefined;

  constructor(options: { groupId: string; topic: string }) {
    const consumer = new LogConsumer({
      kafka,
      groupId: options.groupId,
      topics: [options.topic],
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 10_000,
      events: new Events(),
      createHandler: ({ partition }) => this.#handler(partition),
    });
    open.push(consumer);
    this.ended = consumer.run();
    this.ended.catch(() => undefined);
  }

  async untilRead(partition: number, count: number): Promise<void> {
    while ((this.values.get(partition)?.length ?? 0) < count) await once(this.happened, 'read');
  }

  #handler(partition: number): PartitionHandler {
    this.revoked.delete(partition);
    this.started.push(partition);
    this.started.sort();
    return {
      start: async () => {
        this.happened.emit('starting');
        await this.starts;
        return offset(this.startFrom);
      },
      consume: (batch) => this.#consume(partition, batch),
      onFailure: (error) => {
        this.happened.emit('failed', error);
        if (error instanceof TidemarkError) throw error;
        return { delayMs: 1 };
      },
      revoke: () => {
        this.revoked.add(partition);
        this.happened.emit('revoked');
        return Promise.resolve();
      },
      drain: () => Promise.resolve(),
    };
  }

  async #consume(partition: number, batch: PulledBatch): Promise<void> {
    if (this.failWith !== undefined) {
      const error = this.failWith;
      this.failWith = undefined;
      throw error;
    }
    const values = this.values.get(partition) ?? [];
    this.values.set(partition, values);
    values.push(...batch.messages.map(({ value }) => String(value)));
    this.happened.emit('read');
    await this.held.get(partition);
  }
}

const expected = (partition: number, from = 0): string[] =>
  Array.from({ length: RECORDS - from }, (_, index) => `${partition}:${index + from}`);

describe('a member of the archive group', () => {
  it('reads every partition from where its handler says, in order', async () => {
    const member = new Member({ groupId: uniqueName('g'), topic: await filledTopic() });
    member.startFrom = 5;
    await Promise.all([member.untilRead(0, RECORDS - 5), member.untilRead(1, RECORDS - 5)]);
    expect(member.values.get(0)).toEqual(expected(0, 5));
    expect(member.values.get(1)).toEqual(expected(1, 5));
  });

  it('does not let a partition that is held stop the others', async () => {
    const member = new Member({ groupId: uniqueName('g'), topic: await filledTopic() });
    let release: () => void = () => undefined;
    member.held.set(0, new Promise((resolve) => (release = resolve)));
    await member.untilRead(0, 1);
    await member.untilRead(1, RECORDS);
    release();
    await member.untilRead(0, RECORDS);
    expect(member.values.get(0)).toEqual(expected(0));
  });

  it('starts a partition anew, from what its handler restores, after a failure', async () => {
    const member = new Member({ groupId: uniqueName('g'), topic: await filledTopic() });
    member.failWith = new Error('passing');
    await Promise.all([member.untilRead(0, RECORDS), member.untilRead(1, RECORDS)]);
    expect(member.values.get(0)).toEqual(expected(0));
    expect(member.values.get(1)).toEqual(expected(1));
  });

  it('ends when a handler says that the failure cannot pass', async () => {
    const member = new Member({ groupId: uniqueName('g'), topic: await filledTopic() });
    member.failWith = new TidemarkError('ERR_LEDGER_UNBALANCED', { detail: 'test' });
    await expect(member.ended).rejects.toMatchObject({ code: 'ERR_LEDGER_UNBALANCED' });
  });

  it('ends when the offset that it would read next is gone, and leaves the offset of the group as it is', async () => {
    const [groupId, topic] = [uniqueName('g'), await filledTopic()];
    const partitions = [{ partition: 0, offset: '7', metadata: 'ours' }];
    await commitOffsets(kafka, { groupId, topic, partitions });
    const member = new Member({ groupId, topic });
    let release: () => void = () => undefined;
    member.starts = new Promise((resolve) => (release = resolve));
    await once(member.happened, 'starting');
    // KafkaJS's admin knows a topic once it has asked for it.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
    release();
    await expect(member.ended).rejects.toMatchObject({
      code: 'ERR_LOG_TRUNCATED',
      detail: `${topic}/0 begins at offset ${RECORDS}, reading had come to 0: up to ${RECORDS} records are gone`,
    });
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(committed!.partitions.find(({ partition }) => partition === 0)).toMatchObject(partitions[0]!);
  });

  it('goes on where its handler says though a fetch of before asks for an offset that is gone', async () => {
    const [groupId, topic] = [uniqueName('g'), await filledTopic()];
    await commitOffsets(kafka, { groupId, topic, partitions: [{ partition: 0, offset: '7', metadata: '' }] });
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ partition: 0, value: 'more' }] });
    await producer.disconnect();
    // The handler says where to go on while KafkaJS, in the midst of a fetch, asks for the group's offset.
    let release: () => void = () => undefined;
    const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/offsetManager') as {
      prototype: { resolveOffsets: () => Promise<void> };
    };
    const resolve = prototype.resolveOffsets;
    prototype.resolveOffsets = async function () {
      await resolve.call(this);
      release();
      await nextTurn();
    };
    onTestFinished(() => void (prototype.resolveOffsets = resolve));
    const member = new Member({ groupId, topic });
    member.starts = new Promise((done) => (release = done));
    member.startFrom = RECORDS;
    await Promise.race([member.untilRead(0, 1), member.ended]);
    expect(member.values.get(0)).toEqual(['more']);
  });

  it('keeps the handler of a partition that it keeps when others come and go', async () => {
    const [groupId, topic] = [uniqueName('g'), await filledTopic()];
    const first = new Member({ groupId, topic });
    await Promise.all([first.untilRead(0, RECORDS), first.untilRead(1, RECORDS)]);
    const second = new Member({ groupId, topic });
    const taken = await Promise.race([
      second.untilRead(0, RECORDS).then(() => 0),
      second.untilRead(1, RECORDS).then(() => 1),
    ]);
    const kept = 1 - taken;
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ partition: kept, value: 'more' }] });
    await producer.disconnect();
    await first.untilRead(kept, RECORDS + 1);
    expect(first.values.get(kept)).toEqual([...expected(kept), 'more']);
    expect([...first.revoked]).toEqual([taken]);
    expect(first.started).toEqual([0, 1]);
  });

  it('revokes its handlers when another member joins, and shares the partitions with it', async () => {
    const [groupId, topic] = [uniqueName('g'), await filledTopic()];
    const first = new Member({ groupId, topic });
    await Promise.all([first.untilRead(0, RECORDS), first.untilRead(1, RECORDS)]);
    const revoked = once(first.happened, 'revoked');
    const second = new Member({ groupId, topic });
    await revoked;
    const read = await Promise.race([
      second.untilRead(0, RECORDS).then(() => 0),
      second.untilRead(1, RECORDS).then(() => 1),
    ]);
    expect(second.values.get(read)).toEqual(expected(read));
    expect([...second.values.keys()]).toEqual([read]);
  });
});
