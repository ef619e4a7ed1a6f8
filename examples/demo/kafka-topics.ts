import { Kafka, logLevel } from 'kafkajs';

/** Leaves a broker that was lent to the demo as it was. */
export async function deleteTopics(options: { brokers: readonly string[]; prefix: string }): Promise<void> {
  const admin = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(options.prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
