import { join } from 'node:path';
import { assertSinkName } from '../sink-name.ts';

/** The path of a name below the sink's folder. @throws TidemarkError ERR_SHARD_CORRUPT as {@link assertSinkName} does. */
export function keyPath(folder: string, key: string): string {
  assertSinkName(key);
  return join(folder, key);
}
