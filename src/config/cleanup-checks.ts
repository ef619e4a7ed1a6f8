import { isAbsolute, relative } from 'node:path';

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
  const { roots, action, moveTo } = cleanup as Record<string, unknown>;
  const list: readonly unknown[] = Array.isArray(roots) ? roots : [];
  const strangers = list.flatMap((root, position): CrossProblem[] => {
    const message = typeof root === 'string' ? problemOfRoot({ root, sourceRoots, action }) : null;
    return message === null ? [] : [{ path: ['cleanup', 'roots', position], message }];
  });
  const problem = problemOfMoveTo({ action, moveTo, roots: list });
  return problem === null ? strangers : [...strangers, { path: ['cleanup', 'moveTo'], message: problem }];
}

function problemOfRoot(options: {
  readonly root: string;
  readonly sourceRoots: readonly unknown[];
  readonly action: unknown;
}): string | null {
  const { root, sourceRoots, action } = options;
  if (!sourceRoots.includes(root)) return 'stands in no source.roots of any table';
  return action === 'move' && root.startsWith('s3://')
    ? 'is in a bucket, whose objects are deleted only: use action: delete, or leave it out'
    : null;
}

function problemOfMoveTo(cleanup: {
  readonly action: unknown;
  readonly moveTo: unknown;
  readonly roots: readonly unknown[];
}): string | null {
  const { action, moveTo, roots } = cleanup;
  if (moveTo === undefined) return action === 'move' ? 'is missing: action move needs it' : null;
  if (typeof moveTo !== 'string') return null;
  if (action === 'delete') return 'needs action: move';
  if (!isAbsolute(moveTo)) return 'an absolute path was expected';
  const around = roots.find((root): root is string => typeof root === 'string' && isWithin(moveTo, root));
  return around === undefined ? null : `lies in ${around}, which is cleaned up itself`;
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return !isAbsolute(way) && way.split('/')[0] !== '..';
}
