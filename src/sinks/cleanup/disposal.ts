import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink, utimes } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';
import { DiskFile } from '../disk/disk-file.ts';
import { makeFolderDurably } from '../disk/durable-folder.ts';
import { publish } from '../disk/publish.ts';
import { temporaryName } from '../disk/temporary-file.ts';
import { O_READ } from '../pack/source-file.ts';
import { systemCode } from '../sink-fault.ts';
import { TEMPORARY_FOLDER } from '../sink-name.ts';
import type { ArchivedContent } from './compare-source.ts';
import type { SourceFolder } from './source-folder.ts';

/** A source file that was taken from its name and found to be what was archived. */
export interface SetAsideFile {
  readonly folder: Pick<SourceFolder, 'path' | 'root'>;
  readonly name: string;
  readonly archived: ArchivedContent;
  /** The way to it. */
  readonly aside: string;
}

/** Makes an end of a file; when it resolves, nothing stands where it was set aside. */
export type Disposal = (file: SetAsideFile) => Promise<void>;

export const deleteFile: Disposal = ({ aside }) => unlink(aside);

/**
 * Takes files to a folder, under the table's name and their paths below their root. The new name is durable before the
 * old one goes. A name that another content has is not overwritten: the file gets the beginning of its digest as well.
 *
 * @param target.folder absolute; made when it is missing.
 */
export function moveFilesTo(target: { readonly folder: string; readonly table: string }): Disposal {
  return async (file) => {
    const below = relative(file.folder.root, file.folder.path);
    const path = join(target.folder, target.table, below, file.name);
    try {
      await moveFile(file, { path, root: target.folder });
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CONFLICT') throw error;
      const again = `${path}~${file.archived.sha256.toString('hex').slice(0, 16)}`;
      await moveFile(file, { path: again, root: target.folder });
    }
  };
}

interface Place {
  readonly path: string;
  readonly root: string;
}

async function moveFile(file: SetAsideFile, place: Place): Promise<void> {
  try {
    await publish({
      ...place,
      temporary: file.aside,
      key: place.path,
      bytes: file.archived.sizeBytes,
      sha256: file.archived.sha256.toString('hex'),
      namedFailpoint: 'cleanup:move-named',
      syncedFailpoint: 'cleanup:move-synced',
    });
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    await copyFile(file, place);
    await unlink(file.aside);
  }
}

/** To another file system. What is not what was archived never gets its name there. */
async function copyFile({ aside, archived }: SetAsideFile, { path, root }: Place): Promise<void> {
  const temporaries = join(root, TEMPORARY_FOLDER);
  await makeFolderDurably(temporaries, root);
  const temporary = join(temporaries, temporaryName());
  const source = await open(aside, O_READ | constants.O_NOFOLLOW);
  const copy = await DiskFile.create({ key: path, path, root, temporary });
  try {
    const status = await source.stat();
    const hash = createHash('sha256');
    for await (const chunk of source.createReadStream({ autoClose: false })) {
      hash.update(chunk as Buffer);
      await copy.write(chunk as Buffer);
    }
    if (!hash.digest().equals(archived.sha256))
      throw Object.assign(new Error('it changed while it was copied'), { code: 'EBUSY' });
    const { outcome } = await copy.finish();
    if (outcome === 'stored') await utimes(path, status.atime, status.mtime);
  } finally {
    await source.close();
    await copy.abort();
  }
}
