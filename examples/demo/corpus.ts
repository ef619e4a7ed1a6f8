import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusFile {
  readonly path: string;
  readonly sizeBytes: number;
}

const SOURCE_FILE = /\.(js|mjs|cjs|ts|mts|cts|md|json|map)$/;

/** Larger ones would make the demo about the disk. */
const SIZE_BYTES_MAX = 200_000;

/**
 * Real files to archive: the source text of the installed packages, an even choice of `count` of them.
 *
 * @throws Error when there are none, which means that nothing is installed.
 */
export function findCorpus(options: { folder: string; count: number }): CorpusFile[] {
  const found = [...sourceFiles(options.folder)];
  if (found.length === 0) throw new Error(`no source files below ${options.folder}: run npm ci first`);
  const step = Math.max(1, found.length / options.count);
  const chosen: CorpusFile[] = [];
  for (let at = 0; at < found.length && chosen.length < options.count; at += step) {
    const file = found[Math.floor(at)];
    if (file !== undefined) chosen.push(file);
  }
  return chosen;
}

function* sourceFiles(folder: string): Generator<CorpusFile> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (entry.isFile() && SOURCE_FILE.test(entry.name)) {
      const { size } = statSync(path);
      if (size <= SIZE_BYTES_MAX) yield { path, sizeBytes: size };
    }
  }
}
