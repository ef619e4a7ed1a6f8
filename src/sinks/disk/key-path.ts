import { join } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';

/** Temporary files stand here, on the same file system as the shards, so that a link can publish them. */
export const TEMPORARY_FOLDER = '.tidemark-tmp';

/**
 * The path of a key below the sink's folder.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT when a segment would leave the folder: such a key can only come from
 * a manifest that somebody has changed.
 */
export function keyPath(folder: string, key: string): string {
  for (const segment of key.split('/'))
    if (segment === '' || segment === '.' || segment === '..' || /[\0\\]/.test(segment))
      throw new TidemarkError('ERR_SHARD_CORRUPT', {
        detail: `not a name on a sink: ${JSON.stringify(key)}`,
      });
  if (key.startsWith(`${TEMPORARY_FOLDER}/`))
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `name of a temporary file: ${JSON.stringify(key)}`,
    });
  return join(folder, key);
}
