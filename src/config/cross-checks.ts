import { MICROS_PER_DAY } from '../model/micros.ts';
import { formatDuration } from '../base/units.ts';
import { findCleanupProblems } from './cleanup-checks.ts';
import type { CrossProblem } from './cleanup-checks.ts';
import { findSecurityProblems } from './security-checks.ts';
import { findRootProblems } from './source-checks.ts';
import { LAG_DEFAULT_MICROS } from './table-schema.ts';

/**
 * What no single key can say of itself. Runs on files that have other problems too, so nothing is taken for
 * granted: a value that is not what it should be has been reported already and is passed over here.
 */
export function findCrossProblems(file: unknown): CrossProblem[] {
  const tables = listAt(file, 'tables');
  return [
    ...findSecurityProblems({ postgres: at(file, 'postgres'), kafka: at(file, 'kafka') }),
    ...findSinkProblems(at(file, 'sink')),
    ...findCleanupProblems(at(file, 'cleanup'), tables.flatMap(rootsOf)),
    ...tables.flatMap((table, index) => findTableProblems(table, index)),
    ...findDoubles(tables),
  ];
}

function rootsOf(table: unknown): readonly unknown[] {
  return listAt(at(table, 'source'), 'roots');
}

function findSinkProblems(sink: unknown): CrossProblem[] {
  const s3 = at(sink, 's3');
  if (String(at(s3, 'encryption')).startsWith('aws:kms')) return [];
  return ['kmsKey', 'bucketKey']
    .filter((key) => at(s3, key) !== undefined && at(s3, key) !== false)
    .map((key) => ({ path: ['sink', 's3', key], message: 'needs encryption: aws:kms' }));
}

function findTableProblems(table: unknown, index: number): CrossProblem[] {
  const problems: CrossProblem[] = [];
  const report = (keys: string[], message: string) =>
    problems.push({ path: ['tables', index, ...keys], message });
  const [lateness, size] = [at(table, 'lateness'), at(at(table, 'window'), 'size')];
  const lag = at(table, 'lag') ?? LAG_DEFAULT_MICROS;
  if (typeof lag === 'number' && typeof lateness === 'number' && lateness > lag) {
    report(
      ['lateness'],
      `${formatDuration(lateness)} is longer than lag (${formatDuration(lag)}), of which it is a part`,
    );
  }
  if (typeof size === 'number' && size > 0 && MICROS_PER_DAY % size !== 0 && size % MICROS_PER_DAY !== 0) {
    report(['window', 'size'], `${formatDuration(size)} neither divides a day nor is a multiple of one`);
  }
  const roots = at(at(table, 'source'), 'roots');
  if (at(table, 'payload') === 'file' && Array.isArray(roots)) {
    if (roots.length === 0)
      report(['source', 'roots'], 'payload file needs the folders that the files stand in');
    problems.push(
      ...findRootProblems(roots as unknown[]).map(({ path, message }) => ({
        path: ['tables', index, 'source', 'roots', ...path],
        message,
      })),
    );
  }
  return problems;
}

function findDoubles(tables: readonly unknown[]): CrossProblem[] {
  const problems: CrossProblem[] = [];
  for (const key of ['name', 'archiveConfigId']) {
    const seen = new Map<unknown, number>();
    for (const [index, table] of tables.entries()) {
      const value = at(table, key);
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      const first = seen.get(value);
      if (first === undefined) seen.set(value, index);
      else
        problems.push({
          path: ['tables', index, key],
          message: `${value} stands in tables[${first}] already`,
        });
    }
  }
  return problems;
}

/** What stands under a key, if anything can. */
function at(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[key] : undefined;
}

function listAt(holder: unknown, key: string): readonly unknown[] {
  const value = at(holder, key);
  return Array.isArray(value) ? value : [];
}
