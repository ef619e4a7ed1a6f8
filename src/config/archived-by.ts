import type { Config } from './config.ts';

/** Who archives the tables: where no brokers are configured, only `tidemark run-cycle` can. */
export function archivedBy({ kafka }: Config): 'stream' | 'cycles' {
  return kafka.brokers.length === 0 ? 'cycles' : 'stream';
}
