import { failpoint } from '../../base/failpoint.ts';
import type { KeptReason } from '../../model/cleanup.ts';
import { systemCode } from '../sink-fault.ts';
import { compareSource } from './compare-source.ts';
import type { ArchivedContent } from './compare-source.ts';
import type { Disposal } from './disposal.ts';
import { putBack } from './put-back.ts';
import type { SourceFolder } from './source-folder.ts';

export type FileOutcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'kept'; readonly reason: KeptReason };

/** A name whose file is another one each time that we look is left to a later try. */
const LOOKS_MAX = 8;

/**
 * Removes a source file, if it is what was archived.
 *
 * It is compared where it stands, so that one that has changed is never touched; then taken away from its name and
 * compared once more, since another one may have taken the name in between; and only then removed. One that turns out
 * to be another one is put back, never over anything. What a killed process has taken away and not settled is found in
 * the private folder and settled first (docs/decisions/0110-a-source-is-taken-from-its-name-first.md).
 *
 * @throws system errors that may pass. What was done up to then is found again by the next try.
 */
export async function cleanFile(file: {
  readonly folder: SourceFolder;
  readonly name: string;
  readonly archived: ArchivedContent;
  readonly disposal: Disposal;
}): Promise<FileOutcome> {
  const { folder, name, archived } = file;
  let settled: FileOutcome | undefined;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    for await (const stray of folder.strays(name)) settled = await settle(stray, file);
    const found = await compareSource(folder.at(name), archived);
    if (found === 'missing') {
      // Another process may have it aside since we looked; what it has, it may die with.
      if (await folder.hasStrays(name)) continue;
      return settled ?? { kind: 'missing' };
    }
    if (found !== 'same') return { kind: 'kept', reason: found };
    const aside = await folder.setAside(name);
    if (aside === undefined) continue;
    failpoint('cleanup:set-aside');
    return await settle(aside, file);
  }
  throw Object.assign(new Error('another file stands under the name each time'), { code: 'EBUSY' });
}

/** The same without touching anything. */
export async function inspectFile(file: {
  readonly folder: SourceFolder;
  readonly name: string;
  readonly archived: ArchivedContent;
}): Promise<FileOutcome> {
  const found = await compareSource(file.folder.at(file.name), file.archived);
  if (found === 'missing') return { kind: 'missing' };
  return found === 'same' ? { kind: 'removed' } : { kind: 'kept', reason: found };
}

async function settle(aside: string, file: Parameters<typeof cleanFile>[0]): Promise<FileOutcome> {
  const { folder, name, archived, disposal } = file;
  const found = await compareSource(aside, archived);
  if (found === 'missing') return { kind: 'missing' };
  if (found !== 'same') {
    await putBack({ folder, name, aside });
    return { kind: 'kept', reason: found };
  }
  try {
    await disposal({ ...file, aside });
  } catch (error) {
    // Another process has taken it over, and settles it.
    if (systemCode(error) === 'ENOENT' && (await compareSource(aside, archived)) === 'missing')
      return { kind: 'missing' };
    throw error;
  }
  failpoint('cleanup:removed');
  return { kind: 'removed' };
}
