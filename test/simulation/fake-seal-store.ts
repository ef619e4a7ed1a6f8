import { TidemarkError } from '../../src/base/errors.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Reject } from '../../src/model/row.ts';
import type { SealRequest, SealResult, SealWindow } from '../../src/model/seal.ts';
import { manifestName, shardName } from '../../src/model/shard.ts';
import type { ShardInfo } from '../../src/model/shard.ts';
import type { Life } from './life.ts';

/** A row in a shard: what makes it the same row, and where it stood in the log. */
export interface StoredRow {
  readonly uid: string;
  readonly createdAt: number;
  readonly line: string;
  readonly offset: number;
}

export interface StoredSeal {
  readonly manifest: Manifest;
  readonly rows: readonly StoredRow[];
}

const ROWS_A_SHARD = 3;

/** Rows whose file is missing: the sinks reject them, whenever they try. */
const isFileMissing = (uid: string) => uid.endsWith('7');

/**
 * The sinks' rules without bytes on a disk: shards are never overwritten by other bytes, a manifest is found again
 * by the same seal, rows that stand in committed shards of the window are dropped when asked.
 */
export class FakeSealStore {
  /** Name → content; the content holds nothing that a replay may change. */
  readonly shards = new Map<string, string>();
  readonly seals = new Map<string, StoredSeal>();

  /** The port as one process sees it. */
  sealFor(life: Life): SealWindow {
    return async (request, signal) => {
      await life.step('seal begins');
      signal.throwIfAborted();
      const name = manifestName(request.name);
      const rows = rowsOf(request);
      const rowsSha256 = JSON.stringify(rows);
      const earlier = this.seals.get(name)?.manifest;
      if (earlier !== undefined) return this.#reuse(name, earlier, rowsSha256);

      const { kept, rejects } = this.#select(request, rows);
      const shards: ShardInfo[] = [];
      for (let from = 0; from < kept.length; from += ROWS_A_SHARD) {
        const part = request.firstPart + shards.length;
        shards.push(await this.#store(life, request, kept.slice(from, from + ROWS_A_SHARD), part));
        signal.throwIfAborted();
      }
      const manifest = manifestOf({ request, rowsSha256, shards, rejects, archived: kept.length });
      await life.step('manifest not yet stored');
      signal.throwIfAborted();
      this.#putManifest(name, manifest, kept);
      await life.step('manifest stored');
      return { manifestName: name, manifest, reused: false };
    };
  }

  #select(request: SealRequest, rows: readonly StoredRow[]) {
    const committed = request.dropCommitted ? this.#committedKeys(request) : new Set<string>();
    const fresh = rows.filter((row) => !committed.has(keyOf(row)));
    const rejects = fresh.filter(({ uid }) => isFileMissing(uid)).map(rejectOf);
    return { kept: fresh.filter(({ uid }) => !isFileMissing(uid)), rejects };
  }

  #committedKeys(request: SealRequest): Set<string> {
    const own = manifestName(request.name);
    const others = [...this.seals].filter(
      ([name, { manifest }]) =>
        name !== own &&
        manifest.window.end === request.name.window.end &&
        manifest.partition === request.name.partition,
    );
    return new Set(others.flatMap(([, { rows }]) => rows.map(keyOf)));
  }

  async #store(
    life: Life,
    request: SealRequest,
    rows: readonly StoredRow[],
    part: number,
  ): Promise<ShardInfo> {
    const name = shardName(request.name, part);
    const content = JSON.stringify(rows.map(({ uid, createdAt, line }) => [uid, createdAt, line]));
    await life.step('shard not yet stored');
    const there = this.shards.get(name);
    if (there !== undefined && there !== content) throw conflict(name);
    this.shards.set(name, content);
    await life.step('shard stored');
    const times = rows.map(({ createdAt }) => createdAt as ShardInfo['minCreatedAt']);
    return {
      name,
      part,
      bytes: content.length,
      sha256: content,
      rows: rows.length,
      files: rows.length,
      sourceBytes: content.length,
      minCreatedAt: times[0]!,
      maxCreatedAt: times.at(-1)!,
    };
  }

  #putManifest(name: string, manifest: Manifest, rows: readonly StoredRow[]): void {
    const there = this.seals.get(name);
    if (there !== undefined && JSON.stringify(there.manifest) !== JSON.stringify(manifest))
      throw conflict(name);
    this.seals.set(name, { manifest, rows });
  }

  #reuse(name: string, earlier: Manifest, rowsSha256: string): SealResult {
    if (earlier.rowsSha256 !== rowsSha256) throw conflict(name);
    return { manifestName: name, manifest: earlier, reused: true };
  }
}

function rowsOf({ rows }: SealRequest): StoredRow[] {
  return Array.from({ length: rows.count }, (_, i) => ({
    uid: rows.uid(i),
    createdAt: rows.createdAt(i),
    line: Buffer.from(rows.line(i)).toString(),
    offset: rows.offset(i)!,
  }));
}

export function keyOf({ uid, createdAt }: Pick<StoredRow, 'uid' | 'createdAt'>): string {
  return JSON.stringify([uid, createdAt]);
}

function rejectOf({ uid, createdAt, offset }: StoredRow): Reject {
  return {
    uid,
    createdAt: createdAt as NonNullable<Reject['createdAt']>,
    fileLocation: null,
    reason: 'file_missing',
    detail: 'no such file',
    offset: offset as NonNullable<Reject['offset']>,
  };
}

function manifestOf(made: {
  request: SealRequest;
  rowsSha256: string;
  shards: readonly ShardInfo[];
  rejects: readonly Reject[];
  archived: number;
}): Manifest {
  const { request, rowsSha256, shards, rejects, archived } = made;
  const { table, kind, window, partition, partitionCount } = request.name;
  const received = request.rows.count + request.duplicates;
  const rejected = rejects.length;
  return {
    format: 'tidemark-manifest',
    version: 1,
    table,
    kind,
    window,
    partition,
    partitionCount,
    offsets: request.offsets,
    payload: 'file',
    ledger: { received, archived, rejected, duplicates: received - archived - rejected },
    rowsSha256,
    shards,
    rejects,
    minCreatedAt: null,
    maxCreatedAt: null,
    tool: { tidemark: 'simulated', zstd: 'none', level: 0 },
  };
}

function conflict(name: string): TidemarkError {
  return new TidemarkError('ERR_SHARD_CONFLICT', { detail: `${name} is there with other bytes` });
}
