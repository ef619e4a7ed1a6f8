import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import { KAFKA_VERSION } from './kafka-properties.ts';
import { ServiceMissing } from './service-missing.ts';

const POM = fileURLToPath(new URL('./pom.xml', import.meta.url));
const REPOSITORY_CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url));

/**
 * The folder with Kafka's jars. The first call fetches them from Maven Central (54 MB) into `.cache` of the
 * repository or TIDEMARK_CACHE_DIR; later runs, also at the same time, share them.
 *
 * @throws ServiceMissing when they must be fetched and Maven is missing or fails.
 */
export async function kafkaJars(onProgress: (line: string) => void): Promise<string> {
  const cache = process.env['TIDEMARK_CACHE_DIR'] ?? REPOSITORY_CACHE;
  const jars = path.join(cache, `kafka-${KAFKA_VERSION}`);
  if (existsSync(jars)) return jars;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${jars}-`);
  try {
    onProgress(`kafka: fetching ${KAFKA_VERSION} from Maven Central into ${jars}`);
    await fetchInto(fresh);
    publish(fresh, jars);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return jars;
}

async function fetchInto(folder: string): Promise<void> {
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies'].concat([
    `-Dkafka.version=${KAFKA_VERSION}`,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ]);
  const maven = await runCommand({ command: 'mvn', args });
  if (maven === undefined)
    throw new ServiceMissing('there is no `mvn` to fetch Kafka with', { remedy: 'apt-get install maven' });
  if (maven.status !== 0)
    throw new ServiceMissing(`Maven could not fetch Kafka:\n${maven.output.trim()}`, {
      remedy: `give Maven a way to Maven Central (~/.m2/settings.xml), then: mvn ${args.join(' ')}`,
    });
}

/** Renames in one step, so that nobody sees half of the jars. Who comes second takes those of the first. */
function publish(fresh: string, jars: string): void {
  try {
    renameSync(fresh, jars);
  } catch (error) {
    if (!existsSync(jars)) throw error;
  }
}
