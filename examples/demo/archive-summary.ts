import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the manifests on the sink say, read as plain JSON. */
export interface ArchiveSummary {
  readonly windows: number;
  readonly shards: readonly string[];
  readonly shardBytes: number;
  readonly lateRows: number;
  readonly duplicates: number;
  readonly rejects: readonly {
    readonly uid: string;
    readonly createdAtMicros: number;
    readonly reason: string;
  }[];
}

/** What the demo reads of a manifest (docs/shard-format.md). */
export interface ManifestJson {
  readonly table: string;
  readonly kind: string;
  readonly window: { readonly end: string | number };
  readonly ledger: { readonly archived: number; readonly duplicates: number; readonly rejected: number };
  readonly shards: readonly { readonly name: string; readonly bytes: number }[];
  readonly rejects: readonly {
    readonly uid: string | null;
    readonly createdAt: string | number;
    readonly reason: string;
  }[];
}

export function summarizeArchive(folder: string): ArchiveSummary {
  const manifests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.manifest.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ManifestJson);
  const sum = (of: (manifest: ManifestJson) => number): number =>
    manifests.reduce((total, manifest) => total + of(manifest), 0);
  return {
    windows: new Set(manifests.map(({ table, window }) => `${table} ${window.end}`)).size,
    shards: manifests.flatMap(({ shards }) => shards.map(({ name }) => name)),
    shardBytes: sum(({ shards }) => shards.reduce((total, { bytes }) => total + bytes, 0)),
    lateRows: sum(({ kind, ledger }) => (kind === 'late' ? ledger.archived : 0)),
    duplicates: sum(({ ledger }) => ledger.duplicates),
    rejects: manifests.flatMap(({ rejects }) =>
      rejects.map((reject) => ({
        uid: reject.uid ?? '',
        createdAtMicros: readMicros(reject.createdAt),
        reason: reject.reason,
      })),
    ),
  };
}

/** `2026-11-23T05:37:17.123456Z`, or a number of microseconds. */
export function readMicros(time: string | number): number {
  if (typeof time === 'number') return time;
  const [seconds = '', fraction = ''] = time
    .replace('Z', '')
    .replace(' ', 'T')
    .replace(/\+00(:00)?$/, '')
    .split('.');
  return Date.parse(`${seconds}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}
