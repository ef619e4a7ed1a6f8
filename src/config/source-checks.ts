import { isAbsolute } from 'node:path';
import { parseS3Address } from '../base/s3-address.ts';
import type { S3Address } from '../base/s3-address.ts';
import type { CrossProblem } from './cleanup-checks.ts';

/** What is wrong with the roots of one table, by their positions. */
export function findRootProblems(roots: readonly unknown[]): CrossProblem[] {
  const problems: CrossProblem[] = [];
  const buckets: S3Address[] = [];
  for (const [position, root] of roots.entries()) {
    if (typeof root !== 'string') continue;
    const message = problemOf(root, buckets);
    if (message !== null) problems.push({ path: [position], message });
  }
  return problems;
}

/** @param buckets of the roots before it; its own is added. */
function problemOf(root: string, buckets: S3Address[]): string | null {
  if (!root.startsWith('s3://')) return isAbsolute(root) ? null : 'an absolute path was expected';
  const address = parseS3Address(root);
  if ('problem' in address) return address.problem;
  const other = buckets.find(({ bucket }) => bucket === address.bucket);
  buckets.push(address);
  // A location says the bucket alone: it must not mean one of two.
  const isElsewhere =
    other !== undefined && (other.endpoint !== address.endpoint || other.region !== address.region);
  return isElsewhere
    ? `the bucket ${address.bucket} has another endpoint or region in a root before it`
    : null;
}
