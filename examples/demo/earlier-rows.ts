import pg from 'pg';
import type { CorpusFile } from './corpus.ts';
import { seededRandom } from './random.ts';
import { insertRow, writeSourceFile } from './writers.ts';

/** How far back the rows reach that were there before Tidemark. */
const SECONDS_BACK = 60;

/** Rows that stand in the table before `tidemark init`: the snapshot will read them. */
export async function insertEarlierRows(options: {
  databaseUrl: string;
  sourceFolder: string;
  corpus: readonly CorpusFile[];
  count: number;
  seed: number;
}): Promise<void> {
  const random = seededRandom(options.seed);
  const client = new pg.Client({ connectionString: options.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    for (let index = 0; index < options.count; index++) {
      const row = await writeSourceFile(index % 500 === 499 ? 'missing' : 'good', { random, options });
      await insertRow({ client, row, lateSeconds: random.next() * SECONDS_BACK });
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
