import { isAbsolute, relative } from 'node:path';
import { parseS3Address } from '../base/s3-address.ts';

export interface CrossProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What the keys of `cleanup` say of one another and of the tables.
 *
 * @param cleanup as far as it was understood; what is of another type was reported already.
 * @param sourceRoots of all tables.
 */
export function findCleanupProblems(cleanup: unknown, sourceRoots: readonly unknown[]): CrossProblem[] {
  if (typeof cleanup !== 'object' || cleanup === null) return [];
  const { roots, action, moveTo, moveObjectsTo } = cleanup as Record<string, unknown>;
  const list: readonly unknown[] = Array.isArray(roots) ? roots : [];
  const texts = list.filter((root) => typeof root === 'string');
  const [objects, folders] = [texts.filter(isObjectRoot), texts.filter((root) => !isObjectRoot(root))];
  const needsFolder = folders.length > 0 || objects.length === 0;
  return [
    ...list.flatMap((root, position): CrossProblem[] =>
      typeof root !== 'string' || sourceRoots.includes(root)
        ? []
        : [{ path: ['cleanup', 'roots', position], message: 'stands in no source.roots of any table' }],
    ),
    ...problemAt('moveTo', problemOfMoveTo({ action, moveTo, roots: folders, isNeeded: needsFolder })),
    ...problemAt('moveObjectsTo', problemOfObjects({ action, moveTo: moveObjectsTo, roots: objects })),
  ];
}

function isObjectRoot(root: string): boolean {
  return root.startsWith('s3://');
}

function problemAt(key: string, message: string | null): CrossProblem[] {
  return message === null ? [] : [{ path: ['cleanup', key], message }];
}

const MISSING = 'is missing: action move needs it';

function problemOfMoveTo(cleanup: {
  readonly action: unknown;
  readonly moveTo: unknown;
  readonly roots: readonly string[];
  readonly isNeeded: boolean;
}): string | null {
  const { action, moveTo, roots, isNeeded } = cleanup;
  if (moveTo === undefined) return action === 'move' && isNeeded ? MISSING : null;
  if (typeof moveTo !== 'string') return null;
  if (action === 'delete') return 'needs action: move';
  if (!isAbsolute(moveTo)) return 'an absolute path was expected';
  const around = roots.find((root) => isWithin(moveTo, root));
  return around === undefined ? null : `lies in ${around}, which is cleaned up itself`;
}

function problemOfObjects(cleanup: {
  readonly action: unknown;
  readonly moveTo: unknown;
  readonly roots: readonly string[];
}): string | null {
  const { action, moveTo, roots } = cleanup;
  if (moveTo === undefined) return action === 'move' && roots.length > 0 ? MISSING : null;
  if (typeof moveTo !== 'string') return null;
  if (action === 'delete') return 'needs action: move';
  const target = parseS3Address(moveTo);
  if ('problem' in target) return target.problem;
  for (const text of roots) {
    const root = parseS3Address(text);
    // That it is none is told where the root stands.
    if ('problem' in root) continue;
    if (root.endpoint !== target.endpoint)
      return `is in another store than ${text}: objects are copied within one`;
    if (root.bucket === target.bucket && target.prefix.startsWith(root.prefix))
      return `lies in ${text}, which is cleaned up itself`;
  }
  return null;
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return !isAbsolute(way) && way.split('/')[0] !== '..';
}
