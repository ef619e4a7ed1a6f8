import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { PartitionCommitter } from '../../src/log/partition-committer.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import { commitOffsets } from '../support/kafka-tool.ts';
import { services } from '../support/services/services.ts';

let kafka: Kafka;
let admin: Admin;

beforeAll(async () => {
  const { kafkaBrokers } = await services();
  kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'test', events: new Events() });
  admin = kafka.admin();
  await admin.connect();
});

afterAll(async () => {
  await admin.disconnect();
});

interface Place {
  readonly topic: string;
  readonly events: string;
  readonly committer: () => PartitionCommitter;
}

/** A topic of one partition that holds `records` records, a topic for events, and committers that share both. */
async function place(records = 10): Promise<Place> {
  const id = randomUUID().slice(0, 8);
  const [topic, events] = [`rows-${id}`, `events-${id}`];
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic }, { topic: events }] });
  const producer = kafka.producer();
  await producer.connect();
  if (records > 0) {
    await producer.send({
      topic,
      messages: Array.from({ length: records }, (_, i) => ({ value: String(i) })),
    });
  }
  await producer.disconnect();
  const committer = () =>
    new PartitionCommitter({ kafka, admin, groupId: `group-${id}`, topic, partition: 0 });
  return { topic, events, committer };
}

function progressAt(at: number): Progress {
  return {
    offset: offset(at),
    watermark: micros(at * 1_000),
    position: offset(at),
    epoch: at,
    rowsSealed: at,
    early: [],
    audit: { sequence: 1, rows: at },
  };
}

async function readCommittedValues(topic: string): Promise<string[]> {
  const [{ high } = { high: '0' }] = await admin.fetchTopicOffsets(topic);
  const values: string[] = [];
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachBatch: ({ batch }) => {
          for (const message of batch.messages) values.push(String(message.value));
          if (Number(batch.lastOffset()) + 1 >= Number(high)) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return values;
}

describe('the committer of a partition', () => {
  it('finds nothing at the first start, and at the next what was committed with its events', async () => {
    const { events, committer } = await place();
    const first = committer();
    expect(await first.open()).toEqual({ progress: null, logStart: 0, isReset: false });
    await first.commit({ messages: [{ topic: events, key: 'k', value: 'sealed' }], progress: progressAt(4) });
    await first.close();

    const second = committer();
    expect((await second.open()).progress).toEqual(progressAt(4));
    await second.close();
    expect(await readCommittedValues(events)).toEqual(['sealed']);
  });

  it('refuses the commit of a zombie: neither its events nor its offset become visible', async () => {
    const { events, committer } = await place();
    const [zombie, owner] = [committer(), committer()];
    await zombie.open();
    await owner.open();
    await expect(
      zombie.commit({ messages: [{ topic: events, key: 'k', value: 'zombie' }], progress: progressAt(9) }),
    ).rejects.toMatchObject({ code: 'ERR_FENCED' });
    await owner.commit({ messages: [{ topic: events, key: 'k', value: 'owner' }], progress: progressAt(3) });

    expect((await owner.open()).progress).toEqual(progressAt(3));
    await owner.close();
    expect(await readCommittedValues(events)).toEqual(['owner']);
  });

  it('stops when records that were not archived are gone from the log', async () => {
    const { topic, events, committer } = await place();
    const writer = committer();
    await writer.open();
    await writer.commit({ messages: [{ topic: events, key: 'k', value: 'x' }], progress: progressAt(2) });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
    await expect(writer.open()).rejects.toMatchObject({
      code: 'ERR_LOG_TRUNCATED',
      detail: expect.stringContaining('3 records are gone') as string,
    });
    await writer.close();
  });

  it('stops when the topic ends before the committed offset', async () => {
    const { events, committer } = await place();
    const writer = committer();
    await writer.open();
    await writer.commit({ messages: [{ topic: events, key: 'k', value: 'x' }], progress: progressAt(1_000) });
    await expect(writer.open()).rejects.toMatchObject({ code: 'ERR_LOG_TRUNCATED' });
    await writer.close();
  });

  it('takes an offset that was set to the beginning of the log for what it says: begin there', async () => {
    const { topic, committer } = await place();
    // KafkaJS's admin knows a topic once it has asked for it.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
    const groupId = `group-${topic.slice('rows-'.length)}`;
    await commitOffsets(kafka, { groupId, topic, partitions: [{ partition: 0, offset: '5', metadata: '' }] });
    const reader = committer();
    expect(await reader.open()).toEqual({ progress: null, logStart: 5, isReset: true });
    await reader.close();
  });

  it('refuses an offset behind the beginning of the log that says no more', async () => {
    const { topic, committer } = await place();
    const groupId = `group-${topic.slice('rows-'.length)}`;
    await commitOffsets(kafka, { groupId, topic, partitions: [{ partition: 0, offset: '5', metadata: '' }] });
    await expect(committer().open()).rejects.toMatchObject({ code: 'ERR_METADATA_INVALID' });
  });

  it('refuses metadata that another tool has written', async () => {
    const { topic, committer } = await place();
    const writer = committer();
    await writer.open();
    await writer.close();
    const groupId = `group-${topic.slice('rows-'.length)}`;
    const foreign = { partition: 0, offset: '3', metadata: 'lag-tool' };
    await commitOffsets(kafka, { groupId, topic, partitions: [foreign] });
    await expect(committer().open()).rejects.toMatchObject({ code: 'ERR_METADATA_INVALID' });
  });

  // The last one: KafkaJS's admin goes on asking for every topic that it was asked for.
  it('says that the topic is gone, which no waiting mends, and not that brokers are away', async () => {
    const { topic, committer } = await place();
    await admin.deleteTopics({ topics: [topic] });
    await expect(committer().open()).rejects.toMatchObject({
      code: 'ERR_TOPIC_INVALID',
      detail: expect.stringMatching(`^${topic} does not exist any more`) as string,
    });
  });
});
