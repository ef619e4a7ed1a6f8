import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { ArchiveSummary } from './archive-summary.ts';
import { readMicros } from './archive-summary.ts';
import type { TableRow } from './source-table.ts';

export interface Comparison {
  readonly rows: number;
  readonly archived: number;
  readonly sourceBytes: number;
  readonly rejects: Readonly<Record<string, number>>;
  /** One sentence each; empty when every row stands where it must. */
  readonly problems: readonly string[];
}

interface ArchivedRow {
  readonly fileLocation: string;
  readonly sizeBytes: number;
  /** Folder that its shard was extracted to. */
  readonly folder: string;
}

/**
 * Compares the table with what was read back from the shards. It trusts none of Tidemark's counters: rows come from
 * Postgres, files from the extracted folder, and what must be a reject follows from the file on disk.
 */
export async function compareWithTable(options: {
  table: AsyncIterable<TableRow>;
  extractedFolder: string;
  archive: ArchiveSummary;
  sourceFolder: string;
}): Promise<Comparison> {
  const problems: string[] = [];
  const archived = readExtracted(options.extractedFolder, problems);
  const rejected = indexRejects(options.archive, problems);
  const rejects: Record<string, number> = {};
  let rows = 0;
  let sourceBytes = 0;
  for await (const row of options.table) {
    rows += 1;
    const key = rowKey(row);
    const reason = expectedReject(row, options.sourceFolder);
    const copy = archived.get(key);
    const actual = rejected.get(key);
    archived.delete(key);
    rejected.delete(key);
    if (actual !== reason)
      problems.push(`${key} should be ${reason ?? 'archived'}, but is ${actual ?? 'no reject'}`);
    if (reason !== undefined) {
      rejects[reason] = (rejects[reason] ?? 0) + 1;
      if (copy !== undefined) problems.push(`${key} is archived although it should be a reject`);
    } else if (copy === undefined) problems.push(`${key} is missing in the archive`);
    else {
      sourceBytes += row.sizeBytes;
      problems.push(...differences({ key, row, copy }));
    }
  }
  for (const key of archived.keys()) problems.push(`${key} is archived, but stands not in the table`);
  for (const key of rejected.keys()) problems.push(`${key} is a reject, but stands not in the table`);
  const rejectedRows = Object.values(rejects).reduce((total, count) => total + count, 0);
  return { rows, archived: rows - rejectedRows, sourceBytes, rejects, problems };
}

/** uid and created_at together are a row's identity. */
function rowKey(row: { uid: string; createdAtMicros: number }): string {
  return `${row.uid}@${row.createdAtMicros}`;
}

function readExtracted(folder: string, problems: string[]): Map<string, ArchivedRow> {
  const found = new Map<string, ArchivedRow>();
  const lists = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('rows.ndjson'),
  );
  for (const name of lists) {
    const path = join(folder, name);
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as Record<string, string | number>;
      const key = rowKey({ uid: String(row['uid']), createdAtMicros: readMicros(row['created_at'] ?? '') });
      if (found.has(key)) problems.push(`${key} is archived twice`);
      found.set(key, {
        fileLocation: String(row['file_location']),
        sizeBytes: Number(row['size_bytes']),
        folder: dirname(path),
      });
    }
  }
  return found;
}

function indexRejects(archive: ArchiveSummary, problems: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const reject of archive.rejects) {
    const key = rowKey(reject);
    if (found.has(key)) problems.push(`${key} is a reject twice`);
    found.set(key, reject.reason);
  }
  return found;
}

/** What a look at the disk says about a row's file. */
function expectedReject(row: TableRow, sourceFolder: string): string | undefined {
  if (!existsSync(row.fileLocation)) return 'file_missing';
  if (!realpathSync(row.fileLocation).startsWith(realpathSync(sourceFolder) + sep))
    return 'file_outside_roots';
  return statSync(row.fileLocation).size === row.sizeBytes ? undefined : 'file_size_differs';
}

function differences(pair: { key: string; row: TableRow; copy: ArchivedRow }): string[] {
  const { key, row, copy } = pair;
  if (copy.fileLocation !== row.fileLocation || copy.sizeBytes !== row.sizeBytes) {
    return [`${key} has other values in the archive than in the table`];
  }
  const extracted = join(copy.folder, 'files', row.uid);
  if (!existsSync(extracted)) return [`${key} has no file in the archive`];
  return sha256(extracted) === sha256(row.fileLocation) ? [] : [`${key} has other bytes in the archive`];
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
