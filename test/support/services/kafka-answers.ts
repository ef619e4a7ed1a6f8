import kafkajs from 'kafkajs';

/** A busy broker may take longer than one connection or request waits. */
const PATIENT_RETRIES = 4;

/**
 * Asks the brokers whether they serve clients: a broker that is still fenced answers, but does not list itself.
 *
 * @param options.isPatient false asks once, for those who ask again themselves.
 * @returns what keeps them from serving, or undefined when they do.
 */
export async function kafkaSilence(
  brokers: readonly string[],
  { isPatient }: { readonly isPatient: boolean } = { isPatient: false },
): Promise<Error | undefined> {
  const kafka = new kafkajs.Kafka({
    clientId: 'tidemark-services',
    brokers: [...brokers],
    connectionTimeout: 5_000,
    retry: { retries: isPatient ? PATIENT_RETRIES : 0 },
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
