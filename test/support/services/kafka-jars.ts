import { fileURLToPath } from 'node:url';
import { KAFKA_VERSION } from './kafka-properties.ts';
import { mavenJars } from './maven-jars.ts';

const POM = fileURLToPath(new URL('./pom.xml', import.meta.url));

/**
 * The folder with Kafka's jars, Kafka Connect's among them (54 MB).
 *
 * @throws ServiceMissing when they must be fetched and Maven is missing or fails.
 */
export function kafkaJars(onProgress: (line: string) => void): Promise<string> {
  const args = [`-Dkafka.version=${KAFKA_VERSION}`];
  return mavenJars({ what: 'Kafka', name: `kafka-${KAFKA_VERSION}`, pom: POM, arguments: args, onProgress });
}
