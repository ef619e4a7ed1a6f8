import { cachedFolder } from './cached-folder.ts';
import { runCommand } from './command.ts';
import { ServiceMissing } from './service-missing.ts';

export interface MavenJars {
  /** For messages: `Kafka`. */
  readonly what: string;
  /** Of the folder: `kafka-4.2.1`. */
  readonly name: string;
  /** Names what is fetched, and the properties of it that are given by `arguments`. */
  readonly pom: string;
  readonly arguments: readonly string[];
  readonly onProgress: (line: string) => void;
}

/**
 * A folder with jars. The first call fetches them from Maven Central into `.cache` of the repository or
 * TIDEMARK_CACHE_DIR; later runs, also at the same time, share them.
 *
 * @throws ServiceMissing when they must be fetched and Maven is missing or fails.
 */
export function mavenJars(wanted: MavenJars): Promise<string> {
  return cachedFolder(wanted.name, async (fresh, jars) => {
    wanted.onProgress(
      `${wanted.what.toLowerCase()}: fetching ${wanted.name} from Maven Central into ${jars}`,
    );
    await fetchInto(fresh, wanted);
  });
}

async function fetchInto(folder: string, wanted: MavenJars): Promise<void> {
  const { what, pom } = wanted;
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies'].concat([
    ...wanted.arguments,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ]);
  const maven = await runCommand({ command: 'mvn', args });
  if (maven === undefined)
    throw new ServiceMissing(`there is no \`mvn\` to fetch ${what} with`, {
      remedy: 'apt-get install maven',
    });
  if (maven.status !== 0)
    throw new ServiceMissing(`Maven could not fetch ${what}:\n${maven.output.trim()}`, {
      remedy: `give Maven a way to Maven Central (~/.m2/settings.xml), then: mvn ${args.join(' ')}`,
    });
}
