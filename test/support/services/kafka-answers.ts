import kafkajs from 'kafkajs';

/**
 * Asks the brokers once whether they serve clients: a broker that is still fenced answers, but does not list itself.
 *
 * @returns what keeps them from serving, or undefined when they do.
 */
export async function kafkaSilence(brokers: readonly string[]): Promise<Error | undefined> {
  const kafka = new kafkajs.Kafka({
    clientId: 'tidemark-services',
    brokers: [...brokers],
    connectionTimeout: 5_000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length > 0 ? undefined : new Error('the broker is not yet in its cluster');
  } catch (error) {
    return error as Error;
  } finally {
    await admin.disconnect();
  }
}
