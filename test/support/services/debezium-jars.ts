import { fileURLToPath } from 'node:url';
import { mavenJars } from './maven-jars.ts';

const POM = fileURLToPath(new URL('./debezium.pom.xml', import.meta.url));
const DEBEZIUM_VERSION = '3.6.1.Final';

/** Kafka Connect brings them, as it would in somebody's installation. */
const AMONG_KAFKAS = [
  ...['kafka-clients', 'connect-api', 'slf4j-api', 'jakarta.ws.rs-api'],
  ...['zstd-jni', 'snappy-java', 'lz4-java'],
];

/**
 * The folder with Debezium's connector for Postgres and what it needs beside Kafka's own jars (7 MB): a folder of a
 * `plugin.path`.
 *
 * @throws ServiceMissing when they must be fetched and Maven is missing or fails.
 */
export function debeziumJars(onProgress: (line: string) => void): Promise<string> {
  const args = [`-Ddebezium.version=${DEBEZIUM_VERSION}`, `-DexcludeArtifactIds=${AMONG_KAFKAS.join(',')}`];
  const name = `debezium-${DEBEZIUM_VERSION}`;
  return mavenJars({ what: 'Debezium', name, pom: POM, arguments: args, onProgress });
}
