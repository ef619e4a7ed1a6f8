import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FILES_FOLDER } from '../format/member-name.ts';
import { PART_PREFIX, orOutputFault } from './target-folder.ts';

/** Where a shard is unpacked. */
export function shardFolder(folder: string, shard: string): string {
  return join(folder, shard.replace(/\.tar\.zst$/, ''));
}

/**
 * @param options.resume removes what a killed process has left half written there.
 * @throws TidemarkError ERR_OUTPUT_UNAVAILABLE
 */
export function makeShardFolder(
  path: string,
  options: { readonly payload: 'file' | 'row'; readonly resume: boolean },
): void {
  orOutputFault(path, () => {
    mkdirSync(options.payload === 'file' ? join(path, FILES_FOLDER) : path, { recursive: true });
    if (!options.resume) return;
    for (const name of readdirSync(path))
      if (name.startsWith(PART_PREFIX)) rmSync(join(path, name), { force: true });
  });
}
