import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StrategyStand } from './strategy.ts';

const TABLE = 'public.files';
/** What Tidemark takes by itself. */
export const PARTITIONS = 4;

/**
 * Writes the tidemark.yaml of a run: a day's lag and, if not told otherwise, a day's windows, as in the comparison that is
 * measured, and what else Tidemark does by itself.
 */
export function writeTidemarkConfig(stand: StrategyStand, name: string): void {
  const { url, folder, files, windowSize, workers, kafkaBrokers } = stand;
  // The batch cycles need none.
  const kafka = kafkaBrokers.length > 0 ? `kafka: { brokers: ${JSON.stringify(kafkaBrokers)} }\n` : '';
  mkdirSync(join(folder, 'archive'));
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `name: ${name}
postgres: { url: ${JSON.stringify(url)} }
${kafka}sink: { url: ${JSON.stringify(`file://${folder}/archive`)} }
tables:
  - name: ${TABLE}
    partitions: ${PARTITIONS}
    window: { size: ${windowSize} }
    lag: 1d
    # All of the lag, so that the stream's gate holds rows of long ago for no time at all.
    lateness: 1d
    source: { roots: [${JSON.stringify(files.corpus.folder)}] }
archive: { workers: ${workers} }
serve: { port: 0 }
`,
  );
}
