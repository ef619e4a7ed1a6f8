import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Corpus {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly fileBytes: number;
}

const FILES_PER_FOLDER = 1000;
const SOURCE_BYTES = 64 * 1024 * 1024;

/** Files of one size whose content is slices of the source text in node_modules: compresses as real text does. */
export function makeCorpus(options: { folder: string; files: number; fileBytes: number }): Corpus {
  rmSync(options.folder, { recursive: true, force: true });
  const text = sourceText(join(import.meta.dirname, '../../node_modules'));
  const paths: string[] = [];
  // A prime step walks the text without repeating a slice.
  const step = 104_729;
  for (let i = 0; i < options.files; i++) {
    const folder = join(options.folder, String(Math.floor(i / FILES_PER_FOLDER)).padStart(4, '0'));
    if (i % FILES_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    const from = (i * step) % (text.length - options.fileBytes);
    const path = join(folder, `${String(i).padStart(7, '0')}.txt`);
    writeFileSync(path, text.subarray(from, from + options.fileBytes));
    paths.push(path);
  }
  return { folder: options.folder, paths, fileBytes: options.fileBytes };
}

function sourceText(folder: string): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  const pending = [folder];
  while (bytes < SOURCE_BYTES && pending.length > 0) {
    const at = pending.pop()!;
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) pending.push(join(at, entry.name));
      else if (/\.(js|cjs|mjs|ts|mts|json|md)$/.test(entry.name) && bytes < SOURCE_BYTES) {
        const part = readFileSync(join(at, entry.name));
        parts.push(part);
        bytes += part.length;
      }
    }
  }
  return Buffer.concat(parts);
}
