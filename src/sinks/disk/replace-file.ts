import { randomBytes } from 'node:crypto';
import { link, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../sink-fault.ts';
import { makeFolderDurably, syncFolder } from './durable-folder.ts';

/**
 * Puts a synced temporary file in the place of a damaged one. The damaged one gets a second name first, and the rename
 * is one step: at no moment does the name lead nowhere, and nothing is lost.
 */
export async function replaceFile(options: {
  readonly temporary: string;
  readonly path: string;
  /** The sink's folder. */
  readonly root: string;
}): Promise<void> {
  const { temporary, path, root } = options;
  await makeFolderDurably(dirname(path), root);
  try {
    await link(path, `${path}.damaged-${randomBytes(4).toString('hex')}`);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
