import { TidemarkError } from '../base/errors.ts';

/** What a sink needs for itself stands here and is no part of the archive. */
export const TEMPORARY_FOLDER = '.tidemark-tmp';

/**
 * @throws TidemarkError ERR_SHARD_CORRUPT when a segment would leave the sink or is none: such a name can only come
 * from a manifest that somebody has changed.
 */
export function assertSinkName(name: string): void {
  for (const segment of name.split('/'))
    if (segment === '' || segment === '.' || segment === '..' || /[\0\\]/.test(segment))
      throw new TidemarkError('ERR_SHARD_CORRUPT', {
        detail: `not a name on a sink: ${JSON.stringify(name)}`,
      });
  if (name.startsWith(`${TEMPORARY_FOLDER}/`))
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `name of a temporary file: ${JSON.stringify(name)}`,
    });
}
