import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';
import { failpoint } from '../../base/failpoint.ts';
import type { PutOutcome } from '../sink.ts';
import { systemCode } from '../sink-fault.ts';
import { makeFolderDurably, syncFile, syncFolder } from './durable-folder.ts';

/**
 * Gives a synced temporary file its name. A link instead of a rename: it fails when the name is taken, where a
 * rename would overwrite in silence.
 *
 * @throws TidemarkError ERR_SHARD_CONFLICT when other bytes stand under the name.
 */
export async function publish(options: {
  readonly temporary: string;
  readonly path: string;
  /** The sink's folder. */
  readonly root: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Passed once the name stands in its folder. */
  readonly namedFailpoint: string;
  /** Passed once that is durable, before the temporary name is removed. */
  readonly syncedFailpoint: string;
}): Promise<PutOutcome> {
  const { temporary, path } = options;
  await makeFolderDurably(dirname(path), options.root);
  const outcome = await tryLink(temporary, path);
  failpoint(options.namedFailpoint);
  if (outcome === 'present' && !(await holds(path, options)))
    throw new TidemarkError('ERR_SHARD_CONFLICT', {
      detail: `${options.key} is there with other bytes than sha256 ${options.sha256}`,
    });
  // Its bytes are equal, but whoever put them there may have died before they were on the disk.
  if (outcome === 'present') await syncFile(path);
  await syncFolder(dirname(path));
  failpoint(options.syncedFailpoint);
  await unlink(temporary);
  return outcome;
}

async function tryLink(temporary: string, path: string): Promise<PutOutcome> {
  try {
    await link(temporary, path);
    return 'stored';
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return 'present';
    throw error;
  }
}

async function holds(
  path: string,
  expected: { readonly bytes: number; readonly sha256: string },
): Promise<boolean> {
  if ((await stat(path)).size !== expected.bytes) return false;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex') === expected.sha256;
}
