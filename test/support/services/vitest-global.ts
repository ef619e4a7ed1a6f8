import type { TestProject } from 'vitest/node';
import { builtCli } from '../built-cli.ts';
import { startServices } from './start-services.ts';
import type { TestServices } from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What services.ts hands to the tests. */
    readonly services: TestServices;
  }
}

/** Starts Postgres and Kafka once for the `services` project of vitest. @returns what stops them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  builtCli();
  const services = await startServices({ onProgress: (line) => console.error(line) });
  project.provide('services', { postgresUrl: services.postgresUrl, kafkaBrokers: services.kafkaBrokers });
  return () => services.stop();
}
