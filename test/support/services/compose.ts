import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import { freePorts } from './free-port.ts';
import type { Service } from './service.ts';
import { ServiceMissing } from './service-missing.ts';

const FILE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url));
/** Not the file's own name: a demo must not use, or remove, what somebody has in there. */
const PROJECT = 'tidemark-demo';
const ENGINE_TIMEOUT_MS = 10_000;

/**
 * The services of docker-compose.yml, started together by whoever asks first, on free ports and with volumes of
 * their own; whoever stops first stops both.
 *
 * Unlike testcontainers, Compose has nobody who removes the containers when this process is killed: the next start
 * does, and so does `docker compose -p tidemark-demo down --volumes`.
 */
export function composeServices(): {
  /** @throws ServiceMissing when no Docker engine or no Compose answers, or the services do not become healthy. */
  readonly postgres: () => Promise<Service<string>>;
  readonly kafka: () => Promise<Service<string[]>>;
} {
  let project: Promise<Project> | undefined;
  const up = (): Promise<Project> => (project ??= startProject());
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= up().then(stopProject));
  return {
    postgres: async () => {
      const { postgresPort } = await up();
      return { address: `postgres://postgres:tidemark@127.0.0.1:${postgresPort}/postgres`, stop };
    },
    kafka: async () => ({ address: [`127.0.0.1:${(await up()).kafkaPort}`], stop }),
  };
}

interface Project {
  readonly postgresPort: number;
  readonly kafkaPort: number;
}

async function startProject(): Promise<Project> {
  const engine = await docker(['version', '--format', '{{.Server.Version}}'], {
    timeoutMs: ENGINE_TIMEOUT_MS,
  });
  if (engine !== undefined)
    throw new ServiceMissing(`no Docker engine answers: ${engine}`, {
      remedy: 'install and start Docker, or point DOCKER_HOST at an engine',
    });
  const plugin = await docker(['compose', 'version'], { timeoutMs: ENGINE_TIMEOUT_MS });
  if (plugin !== undefined)
    throw new ServiceMissing(`docker has no Compose: ${plugin}`, {
      remedy: "install Docker's Compose plugin",
    });

  const [postgresPort, kafkaPort] = (await freePorts(2)) as [number, number];
  const project = { postgresPort, kafkaPort };
  const problem =
    (await compose(project, ['down', '--volumes'])) ??
    (await compose(project, ['up', '--detach', '--wait', 'postgres', 'kafka']));
  if (problem === undefined) return project;
  await stopProject(project);
  throw new ServiceMissing(`docker compose up failed: ${problem}`, {
    remedy: `see docker compose -f ${FILE} up`,
  });
}

async function stopProject(project: Project): Promise<void> {
  const problem = await compose(project, ['down', '--volumes']);
  if (problem !== undefined) throw new Error(`docker compose down failed: ${problem}`);
}

function compose(project: Project, args: readonly string[]): Promise<string | undefined> {
  const env = {
    TIDEMARK_PG_PORT: String(project.postgresPort),
    TIDEMARK_KAFKA_PORT: String(project.kafkaPort),
  };
  return docker(['compose', '-f', FILE, '-p', PROJECT, ...args], { env });
}

/** @returns what went wrong, or undefined. */
async function docker(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number },
): Promise<string | undefined> {
  const result = await runCommand({ command: 'docker', args, ...options });
  if (result === undefined) return 'there is no `docker` command';
  if (result.status === 0) return undefined;
  return result.output.trim() || `it ended with status ${result.status}`;
}
