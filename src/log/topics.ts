import kafkajs from 'kafkajs';
import type { Admin, Kafka } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { awaitTopics } from './await-topics.ts';
import { withAdmin } from './with-admin.ts';

/** A topic as the configuration wants it. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Rows wait here for `lag`, and through the longest outage that must be survived. */
  readonly retentionMs: number;
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** One record batch at most: room for a row of a few megabytes. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Makes the topics that are missing and sets the configuration of those that exist. Partitions are never changed:
 * keys would move to other partitions. Safe to repeat.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID.
 */
export async function ensureTopics(kafka: Kafka, plans: readonly TopicPlan[]): Promise<void> {
  await withAdmin(kafka, (admin) => ensureWith(admin, plans)).catch((cause: unknown) => {
    if ((cause as { name?: unknown }).name !== 'KafkaJSProtocolError') throw cause;
    const detail = `the brokers refuse a topic: ${(cause as Error).message}`;
    throw new TidemarkError('ERR_TOPIC_INVALID', { detail, cause });
  });
}

async function ensureWith(admin: Admin, plans: readonly TopicPlan[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = plans.filter(({ topic }) => !existing.has(topic));
  if (missing.length > 0) {
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((plan) => ({
        topic: plan.topic,
        numPartitions: plan.partitions,
        replicationFactor: plan.replicationFactor,
        configEntries: topicConfig(plan),
      })),
    });
    await awaitTopics(
      admin,
      missing.map(({ topic }) => topic),
    );
  }
  const present = plans.filter(({ topic }) => existing.has(topic));
  if (present.length === 0) return;
  const set = await readSettings(admin, present);
  await admin.alterConfigs({
    validateOnly: false,
    resources: present.map((plan) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: plan.topic,
      configEntries: mergeSettings(set.get(plan.topic) ?? [], topicConfig(plan)),
    })),
  });
}

/** What was set on the topics themselves: altering replaces all of it. */
async function readSettings(admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, Setting[]>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map(({ topic: name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries
        .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
        .map(({ configName, configValue }) => ({ name: configName, value: configValue })),
    ]),
  );
}

/** Ours, but limits that somebody has raised stay raised. */
function mergeSettings(set: readonly Setting[], wanted: readonly Setting[]): Setting[] {
  const merged = new Map(set.map(({ name, value }) => [name, value]));
  for (const { name, value } of wanted) {
    const found = merged.get(name);
    const isRaised = RAISABLE.has(name) && found !== undefined && isAtLeast(found, value);
    if (!isRaised) merged.set(name, value);
  }
  return [...merged].map(([name, value]) => ({ name, value }));
}

const RAISABLE: ReadonlySet<string> = new Set(['retention.ms', 'max.message.bytes']);

/** −1 is without limit. */
function isAtLeast(found: string, wanted: string): boolean {
  return Number(found) === -1 || (Number(wanted) !== -1 && Number(found) >= Number(wanted));
}

/** What `check` compares, see topic-requirements.ts. */
function topicConfig(plan: TopicPlan): Setting[] {
  return [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(plan.retentionMs) },
    { name: 'retention.bytes', value: '-1' },
    { name: 'max.message.bytes', value: String(MESSAGE_BYTES_MAX) },
    // A producer whose clock is behind would have its records removed at once, one whose clock is ahead is refused.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
  ];
}
