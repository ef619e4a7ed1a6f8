import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { makeCorpus } from '../pack/corpus.ts';
import type { Corpus } from '../pack/corpus.ts';

/** The files that the rows name. */
export interface SourceFiles {
  readonly corpus: Corpus;
  /** Of each row, in order; rows share files when there are fewer files than rows. */
  readonly pathOf: (row: number) => string;
}

export function makeSourceFiles(options: { work: string; files: number; fileBytes: number }): SourceFiles {
  const corpus = makeCorpus({ folder: join(options.work, 'source'), ...options });
  // Writing the files to disk later would disturb the first run and no other.
  execFileSync('sync');
  return { corpus, pathOf: (row) => corpus.paths[row % corpus.paths.length]! };
}

/** Reads every file once, so that all strategies find them in the cache. */
export function warmCache({ corpus }: SourceFiles): void {
  execFileSync('find', [corpus.folder, '-type', 'f', '-exec', 'cat', '{}', '+'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
