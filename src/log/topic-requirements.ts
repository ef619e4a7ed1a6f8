import kafkajs from 'kafkajs';
import type { Admin, Kafka } from 'kafkajs';
import type { Requirement } from '../model/requirement.ts';
import { protocolTypeOf } from './fencing.ts';
import { KAFKA_REFUSALS } from './kafka-refusals.ts';
import type { TopicPlan } from './topics.ts';
import { withAdmin } from './with-admin.ts';

/** A row and its framing must fit into one record batch; below this a long file_location may not. */
const MESSAGE_BYTES_MIN = 4 * 1024 * 1024;

/**
 * Compares the topics with what the configuration wants. A longer retention than planned is fine.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE.
 */
export async function inspectTopics(kafka: Kafka, plans: readonly TopicPlan[]): Promise<Requirement[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const found: Requirement[] = [];
    for (const plan of plans) {
      if (existing.has(plan.topic)) found.push(...(await inspectTopic(admin, plan)));
      else if (await isForbidden(kafka, plan.topic)) found.push(hidden(plan));
      else found.push(missing(plan));
    }
    return found;
  });
}

async function inspectTopic(admin: Admin, plan: TopicPlan): Promise<Requirement[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [plan.topic] });
  const partitions = topics[0]?.partitions.length ?? 0;
  const config = await readConfig(admin, plan.topic);
  const retentionMs = Number(config.get('retention.ms'));
  const messageBytes = Number(config.get('max.message.bytes'));
  const policy = config.get('cleanup.policy') ?? '';
  const about = (aspect: string, ok: boolean, detail: string, remedy: string): Requirement => ({
    name: `topic.${plan.topic}.${aspect}`,
    ok,
    severity: 'error',
    detail,
    remedy: ok ? null : remedy,
  });
  return [
    about(
      'partitions',
      partitions === plan.partitions,
      `${partitions} partitions, ${plan.partitions} configured`,
      `Set the partitions of this table to ${partitions} in the configuration; partitions of a topic in use must not change.`,
    ),
    about(
      'retention',
      retentionMs === -1 || retentionMs >= plan.retentionMs,
      `retention.ms=${retentionMs}, needed ${plan.retentionMs}`,
      alter(plan.topic, `retention.ms=${plan.retentionMs}`),
    ),
    about(
      'cleanup',
      policy === 'delete',
      `cleanup.policy=${policy}`,
      alter(plan.topic, 'cleanup.policy=delete'),
    ),
    about(
      'message-bytes',
      messageBytes >= MESSAGE_BYTES_MIN,
      `max.message.bytes=${messageBytes}`,
      alter(plan.topic, `max.message.bytes=${MESSAGE_BYTES_MIN}`),
    ),
  ];
}

async function readConfig(admin: Admin, topic: string): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

function missing({ topic }: TopicPlan): Requirement {
  const remedy = 'tidemark init';
  return { name: `topic.${topic}`, ok: false, severity: 'error', detail: 'the topic does not exist', remedy };
}

/** A topic that a user may not describe is in no list; asked for by name, the brokers say so. */
async function isForbidden(kafka: Kafka, topic: string): Promise<boolean> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  await admin.connect();
  try {
    await admin.fetchTopicMetadata({ topics: [topic] });
    return false;
  } catch (cause) {
    const type = protocolTypeOf(cause);
    if (type === 'TOPIC_AUTHORIZATION_FAILED') return true;
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
    throw cause;
  } finally {
    await admin.disconnect();
  }
}

function hidden({ topic }: TopicPlan): Requirement {
  const detail = 'this user may not describe the topic (TOPIC_AUTHORIZATION_FAILED)';
  const remedy = KAFKA_REFUSALS['TOPIC_AUTHORIZATION_FAILED']!;
  return { name: `topic.${topic}.acl`, ok: false, severity: 'error', detail, remedy };
}

function alter(topic: string, setting: string): string {
  return `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}
