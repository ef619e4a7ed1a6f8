import type { TestProject } from 'vitest/node';
import { builtCli } from '../built-cli.ts';
import { POSTGRES_VARIABLE } from './given-services.ts';
import { startServices } from './start-services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of which services.ts gives each test its own. */
    readonly services: {
      readonly postgresUrls: readonly string[];
      readonly kafkaBrokers: string[];
      /** Or why there is none: who tests something else needs none. */
      readonly s3: { readonly url: string } | { readonly problem: string };
    };
  }
}

/**
 * Starts Kafka and a Postgres for each worker once for the `services` project of vitest. A Postgres that is given
 * is the only one, and then there is one worker (vitest.config.ts).
 *
 * @returns what stops them.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  builtCli();
  const isGiven = (process.env[POSTGRES_VARIABLE] ?? '') !== '';
  const more = isGiven ? 0 : (project.vitest.config.maxWorkers ?? 1) - 1;
  const onProgress = (line: string): void => console.error(line);
  const starting = [
    startServices({ onProgress }),
    ...Array.from({ length: more }, () => startServices({ kafka: false, onProgress })),
  ];
  const [s3, outcomes] = await Promise.all([startS3(), Promise.allSettled(starting)]);
  const running = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all([s3, ...running].map((server) => server.stop()));
  };
  const failed = outcomes.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  project.provide('services', {
    postgresUrls: running.map(({ postgresUrl }) => postgresUrl),
    kafkaBrokers: running[0]!.kafkaBrokers,
    s3: s3.found,
  });
  return stop;
}

interface StartedS3 {
  readonly found: { readonly url: string } | { readonly problem: string };
  readonly stop: () => Promise<void>;
}

async function startS3(): Promise<StartedS3> {
  try {
    const only = { postgres: false, kafka: false, s3: true };
    const started = await startServices({ ...only, onProgress: (line) => console.error(line) });
    return { found: { url: started.s3Url }, stop: () => started.stop() };
  } catch (error) {
    return { found: { problem: (error as Error).message }, stop: () => Promise.resolve() };
  }
}
