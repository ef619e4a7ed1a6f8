import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../sink-fault.ts';
import { TEMPORARY_FOLDER } from '../sink-name.ts';

/** Keys below a folder that begin with the prefix, in the order of their UTF-8 bytes, as an object store lists them. */
export async function* listKeys(folder: string, prefix: string): AsyncGenerator<string> {
  const pending = [prefix.slice(0, prefix.lastIndexOf('/') + 1)];
  while (pending.length > 0) {
    const key = pending.pop()!;
    if (key !== '' && !key.endsWith('/')) {
      yield key;
      continue;
    }
    const names = (await entriesOf(join(folder, key)))
      .map((entry) => `${key}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .filter((name) => name.startsWith(prefix) && name !== `${TEMPORARY_FOLDER}/`);
    // The last one pushed is taken first.
    pending.push(...inByteOrder(names).reverse());
  }
}

/** Names of the folders directly below a key that ends with `/`, or below the root. */
export async function* listFolderNames(folder: string, key: string): AsyncGenerator<string> {
  const entries = await entriesOf(join(folder, key));
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  yield* inByteOrder(names.filter((name) => name !== TEMPORARY_FOLDER));
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || entry.isFile());
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function inByteOrder(names: string[]): string[] {
  return names
    .map((name) => ({ name, bytes: Buffer.from(name, 'utf8') }))
    .sort((a, b) => a.bytes.compare(b.bytes))
    .map(({ name }) => name);
}
