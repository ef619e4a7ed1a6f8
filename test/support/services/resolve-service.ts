import type { Service } from './service.ts';
import { ServiceMissing } from './service-missing.ts';

/** Where a service comes from, in the order in which they are tried. */
const SOURCES = ['given', 'docker', 'local'] as const;
export type Source = (typeof SOURCES)[number];

/**
 * One way to a service each. Throws ServiceMissing when it cannot be had this way, and the next one is tried; any
 * other error ends the search.
 */
export type Ways<T> = Readonly<Record<Source, () => Promise<Service<T>>>>;

export interface ResolveOptions<T> {
  /** For messages: `Postgres`, `Kafka`. */
  readonly name: string;
  readonly ways: Ways<T>;
}

export interface Resolved<T> {
  readonly source: Source;
  readonly service: Service<T>;
}

/** @throws Error that lists what was tried, what is missing and how to get it, when no way leads there. */
export async function resolveService<T>(options: ResolveOptions<T>): Promise<Resolved<T>> {
  const missing: string[] = [];
  for (const source of SOURCES) {
    try {
      return { source, service: await options.ways[source]() };
    } catch (error) {
      if (!(error instanceof ServiceMissing)) throw error;
      missing.push(`  ${source}: ${error.message}\n    → ${error.remedy}`);
    }
  }
  throw new Error(
    `${options.name} cannot be had here. Tried, and any one of these would do:\n${missing.join('\n')}`,
  );
}
