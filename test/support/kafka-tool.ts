import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import type { Admin, Message } from 'kafkajs';
import { uniqueName } from './services/fresh.ts';

/** Another tool at work on the brokers of an installation: what an operator, or a stranger, may do to them. */
export class KafkaTool {
  readonly admin: Admin;
  readonly #kafka: Kafka;

  private constructor(kafka: Kafka, admin: Admin) {
    this.#kafka = kafka;
    this.admin = admin;
  }

  static async connect(brokers: readonly string[]): Promise<KafkaTool> {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    return new KafkaTool(kafka, admin);
  }

  /** Cuts the retention: nothing of what stands in a topic now is left. */
  async truncate(topic: string): Promise<void> {
    const found = await this.admin.fetchTopicOffsets(topic);
    const partitions = found.map(({ partition, high }) => ({ partition, offset: high }));
    await this.admin.deleteTopicRecords({ topic, partitions });
  }

  /** Deletes a topic and makes it again with the same settings, as somebody does who wants it empty. */
  async remake({ topic, partitions }: { topic: string; partitions: number }): Promise<void> {
    const { resources } = await this.admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      includeSynonyms: false,
    });
    const configEntries = resources[0]!.configEntries
      .filter(({ isDefault }) => !isDefault)
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
    await this.admin.deleteTopics({ topics: [topic] });
    const made = { topic, numPartitions: partitions, configEntries };
    // The broker still has the old one for a while, and answers that it is there.
    while (!(await this.admin.createTopics({ topics: [made], waitForLeaders: false })));
  }

  /** `kafka-consumer-groups.sh --reset-offsets --to-earliest --execute`: offsets without a word beside them. */
  async resetToEarliest(groupId: string, topic: string): Promise<void> {
    const found = await this.admin.fetchTopicOffsets(topic);
    await commitOffsets(this.#kafka, {
      groupId,
      topic,
      partitions: found.map(({ partition, low }) => ({ partition, offset: low, metadata: '' })),
    });
  }

  /** Commits what another tool would: some offset, and nothing of ours beside it. */
  async commitForeign(groupId: string, place: { topic: string; offset: string }): Promise<void> {
    const found = await this.admin.fetchTopicOffsets(place.topic);
    await commitOffsets(this.#kafka, {
      groupId,
      topic: place.topic,
      partitions: found.map(({ partition }) => ({ partition, offset: place.offset, metadata: '' })),
    });
  }

  /** @returns all that a group has committed, with the metadata beside it. */
  async offsetsOf(groupId: string): Promise<GroupOffsets> {
    const topics = await this.admin.fetchOffsets({ groupId });
    return {
      groupId,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((committed) => ({ ...committed, metadata: committed.metadata ?? '' })),
      })),
    };
  }

  /** As a broker does that has forgotten what it acknowledged since. */
  async setOffsets({ groupId, topics }: GroupOffsets): Promise<void> {
    for (const { topic, partitions } of topics)
      await commitOffsets(this.#kafka, { groupId, topic, partitions });
  }

  /** Sends as any producer may. */
  async send(topic: string, messages: Message[]): Promise<void> {
    const producer = this.#kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages });
    await producer.disconnect();
  }

  close(): Promise<void> {
    return this.admin.disconnect();
  }
}

interface GroupOffsets {
  readonly groupId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: { partition: number; offset: string; metadata: string }[];
  }[];
}

/** Sets the offsets of a group without members. */
export async function commitOffsets(
  kafka: Kafka,
  commit: {
    readonly groupId: string;
    readonly topic: string;
    readonly partitions: { partition: number; offset: string; metadata: string }[];
  },
): Promise<void> {
  const { groupId: consumerGroupId, topic, partitions } = commit;
  const producer = kafka.producer({
    transactionalId: uniqueName('tool'),
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.sendOffsets({ consumerGroupId, topics: [{ topic, partitions }] });
  await transaction.commit();
  await producer.disconnect();
}
