import { basename, dirname } from 'node:path';
import type { KeptReason } from '../../model/cleanup.ts';
import { absolutePath } from '../pack/source-file.ts';
import { PRIVATE_NAME } from './private-folder.ts';

/** A folder, and the name of a file in it. */
export interface SourcePlace {
  readonly folder: string;
  readonly name: string;
}

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Where a location leads, by its text alone.
 *
 * @param roots of the table, resolved: a relative location is taken only when there is one.
 * @returns why nothing may be removed there, when nothing may.
 */
export function sourcePlace(location: string | null, roots: readonly string[]): SourcePlace | KeptReason {
  // Not on a file system, although a root and such a text make a path.
  if (location !== null && HAS_SCHEME.test(location)) return 'file_outside_roots';
  const path = absolutePath(location, roots);
  if (typeof path !== 'string')
    return path.reason === 'file_outside_roots' ? 'file_outside_roots' : 'file_location_missing';
  // With a slash at its end it names a folder, whatever stands there.
  const name = path.endsWith('/') ? '' : basename(path);
  if (name === '' || name === '.' || name === '..') return 'file_not_regular';
  const folder = dirname(path);
  const isPrivate = name === PRIVATE_NAME || folder.split('/').includes(PRIVATE_NAME);
  return isPrivate ? 'file_outside_roots' : { folder, name };
}
