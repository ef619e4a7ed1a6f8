import type { TestProject } from 'vitest/node';
import { builtCli } from '../built-cli.ts';
import { POSTGRES_VARIABLE } from './given-services.ts';
import { debeziumJars } from './debezium-jars.ts';
import { announceS3 } from './s3-announcement.ts';
import { startServices } from './start-services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of which services.ts gives each test its own. */
    readonly services: {
      readonly postgresUrls: readonly string[];
      readonly kafkaBrokers: string[];
      /** Answers when the S3 server is there (s3-announcement.ts). */
      readonly s3Announcement: string;
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
  // It may have to be built first, which takes minutes: only its own tests wait for it.
  const s3 = await announceS3(() => startServices({ postgres: false, kafka: false, s3: true, onProgress }));
  // The first time ever they are fetched, and no test should wait for that. Whoever needs them says why they are missing.
  const fetching = debeziumJars(onProgress).catch(() => undefined);
  const outcomes = await Promise.allSettled(starting);
  await fetching;
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
    s3Announcement: s3.address,
  });
  return stop;
}
