import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { inspectTopics } from '../../src/log/topic-requirements.ts';
import { ensureTopics } from '../../src/log/topics.ts';
import type { TopicPlan } from '../../src/log/topics.ts';
import { withAdmin } from '../../src/log/with-admin.ts';
import { services } from '../support/services/services.ts';

let kafka: Kafka;

beforeAll(async () => {
  const { kafkaBrokers } = await services();
  kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'topics', events: new Events() });
});

function plan(partitions = 3): TopicPlan {
  return { topic: `topics_${randomUUID()}`, partitions, replicationFactor: 1, retentionMs: 3_600_000 };
}

async function alter(topic: string, name: string, value: string): Promise<void> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const configEntries = [{ name, value }];
  await withAdmin(kafka, (admin) =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries }] }),
  );
  await untilKnown(topic, name, value);
}

/** When an alteration has succeeded the controller has it; the broker that is asked hears of it a moment later. */
async function untilKnown(topic: string, name: string, value: string): Promise<void> {
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] };
  await withAdmin(kafka, async (admin) => {
    for (let known: string | undefined; known !== value;) {
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      known = resources[0]?.configEntries[0]?.configValue;
    }
  });
}

/** The requirements that are not met, by the last part of their names. */
async function broken(wanted: TopicPlan): Promise<Record<string, { detail: string; remedy: string | null }>> {
  const found = await inspectTopics(kafka, [wanted]);
  const unmet = found.filter(({ ok }) => !ok);
  return Object.fromEntries(
    unmet.map(({ name, detail, remedy }) => [name.replace(`topic.${wanted.topic}`, ''), { detail, remedy }]),
  );
}

describe('the topics that a capture needs', () => {
  it('are made as they are wanted, and making them again changes nothing', async () => {
    const wanted = plan();
    await ensureTopics(kafka, [wanted]);
    expect(await broken(wanted)).toEqual({});
    await ensureTopics(kafka, [wanted]);
    expect(await broken(wanted)).toEqual({});
  });

  it('are named when they do not exist', async () => {
    expect(await broken(plan())).toEqual({
      '': { detail: 'the topic does not exist', remedy: 'tidemark init' },
    });
  });

  it('are refused with another number of partitions, which nobody may change', async () => {
    const wanted = plan(2);
    await ensureTopics(kafka, [wanted]);
    const found = await broken({ ...wanted, partitions: 5 });
    expect(found).toEqual({
      '.partitions': {
        detail: '2 partitions, 5 configured',
        remedy: expect.stringContaining('Set the partitions of this table to 2') as string,
      },
    });
  });

  it('are refused when rows would be removed before they are due; a longer retention is fine', async () => {
    const wanted = plan();
    await ensureTopics(kafka, [wanted]);
    await alter(wanted.topic, 'retention.ms', '60000');
    expect((await broken(wanted))['.retention']).toEqual({
      detail: 'retention.ms=60000, needed 3600000',
      remedy: expect.stringContaining(
        `--entity-name ${wanted.topic} --add-config retention.ms=3600000`,
      ) as string,
    });
    await alter(wanted.topic, 'retention.ms', '-1');
    expect(await broken(wanted)).not.toHaveProperty('.retention');
    await ensureTopics(kafka, [wanted]);
    await untilKnown(wanted.topic, 'retention.ms', '-1');
    expect(await broken(wanted)).toEqual({});
  });

  it('are refused when they are compacted, because rows with equal keys would vanish', async () => {
    const wanted = plan();
    await ensureTopics(kafka, [wanted]);
    await alter(wanted.topic, 'cleanup.policy', 'compact');
    expect((await broken(wanted))['.cleanup']).toEqual({
      detail: 'cleanup.policy=compact',
      remedy: expect.stringContaining('cleanup.policy=delete') as string,
    });
  });
});
