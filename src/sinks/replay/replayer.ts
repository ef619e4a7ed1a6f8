import type { Manifest } from '../../model/manifest.ts';
import type { SealRows } from '../../model/seal.ts';
import { firstOffsetOf } from '../../model/shard.ts';
import { PackPool } from '../pack/pack-pool.ts';
import { resolveRoots } from '../pack/roots.ts';
import type { Roots } from '../pack/roots.ts';
import type { NamedManifest } from '../read/manifests.ts';
import { openShard } from '../read/shard-reader.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Sink, SinkFile } from '../sink.ts';
import { FrameCompressor, zstdVersion } from '../zstd.ts';
import { chooseRows } from '../../model/chosen-rows.ts';
import { DigestFile } from './digest-file.ts';
import { rebuildShard } from './rebuild-shard.ts';
import type { RebuiltShard } from './rebuild-shard.ts';
import { RestoredFile } from './restored-file.ts';
import { findSealInput } from './seal-input.ts';
import { readStoredState } from './stored-state.ts';
import type { StoredState } from './stored-state.ts';

export interface ReplayerOptions {
  readonly sink: Sink;
  readonly roots: readonly string[];
  readonly sourceRequestsMax?: number;
  readonly workers: number;
  /** Of a frame before compression, where no readable shard of the window says it. */
  readonly frameBytes: number;
}

export interface ReplayRequest {
  readonly seal: NamedManifest;
  /** The other seals of the window. */
  readonly others: readonly Manifest[];
  /** See {@link findSealInput}. */
  readonly rows: SealRows;
  readonly source: 'log' | 'table';
  /** Puts missing and damaged shards back when the digest is the manifest's. */
  readonly restore: boolean;
  readonly signal: AbortSignal;
}

export interface ReplayedShard {
  readonly name: string;
  /** As it was found. */
  readonly stored: StoredState;
  readonly rebuilt: 'same' | 'different' | 'impossible';
  /** Of the manifest. */
  readonly expectedSha256: string;
  /** Of what was packed now; null when it could not be. */
  readonly sha256: string | null;
  readonly isRestored: boolean;
  readonly detail: string;
}

export interface ReplayedSeal {
  readonly rows: 'same' | 'different' | 'unknown';
  readonly shards: readonly ReplayedShard[];
}

/** Packs sealed windows again and compares them with their manifests. */
export class Replayer {
  readonly #options: ReplayerOptions;
  readonly #pools = new Map<string, PackPool>();
  #roots: Promise<Roots> | undefined;

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  /**
   * Writes nothing unless it is asked to restore.
   *
   * @throws TidemarkError ERR_SINK_UNAVAILABLE, ERR_SOURCE_UNAVAILABLE, ERR_WORKER_FAILED; the signal's reason.
   */
  async replay(request: ReplayRequest): Promise<ReplayedSeal> {
    const { manifest } = request.seal;
    const input = await findSealInput({ ...this.#options, ...request, manifest });
    const expected = manifest.shards.reduce((sum, shard) => sum + shard.rows, 0);
    const obstacle =
      input.obstacle ?? versionObstacle(manifest) ?? countObstacle(input.kept.length, expected);
    const frameBytes = await this.#frameBytesOf(request);
    const shards: ReplayedShard[] = [];
    let from = 0;
    for (const shard of manifest.shards) {
      const positions = input.kept.subarray(from, (from += shard.rows));
      shards.push(await this.#replayShard({ request, shard, positions, frameBytes, obstacle }));
    }
    return { rows: input.rows, shards };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #replayShard(work: {
    readonly request: ReplayRequest;
    readonly shard: Manifest['shards'][number];
    readonly positions: Uint32Array;
    readonly frameBytes: number;
    readonly obstacle: string | undefined;
  }): Promise<ReplayedShard> {
    const { request, shard, positions, frameBytes, obstacle } = work;
    const { sink } = this.#options;
    const stored = await readStoredState(sink, shard);
    const restores = request.restore && stored !== 'intact';
    const rebuilt: RebuiltShard =
      obstacle !== undefined
        ? { obstacle }
        : await this.#rebuild({
            ...{ request, shard, frameBytes, rows: chooseRows(request.rows, positions) },
            createFile: () =>
              restores ? RestoredFile.create(sink, shard) : Promise.resolve(new DigestFile()),
          });
    const { name, sha256: expectedSha256 } = shard;
    const known = { name, stored, expectedSha256 };
    if ('obstacle' in rebuilt)
      return { ...known, rebuilt: 'impossible', sha256: null, isRestored: false, detail: rebuilt.obstacle };
    const isSame = rebuilt.sha256 === expectedSha256;
    return {
      ...known,
      rebuilt: isSame ? 'same' : 'different',
      sha256: rebuilt.sha256,
      isRestored: restores && isSame,
      detail: isSame ? '' : 'rows or files are not what they were',
    };
  }

  async #rebuild(work: {
    readonly request: ReplayRequest;
    readonly shard: Manifest['shards'][number];
    readonly rows: SealRows;
    readonly frameBytes: number;
    readonly createFile: () => Promise<SinkFile>;
  }): Promise<RebuiltShard> {
    const { request, frameBytes } = work;
    const { manifest } = request.seal;
    const { level } = manifest.tool;
    const firstOffset = firstOffsetOf(request.seal.name);
    this.#roots ??= resolveRoots(manifest.payload === 'file' ? this.#options.roots : []);
    const roots = await this.#roots;
    return await rebuildShard({
      ...work,
      manifest,
      name: { ...manifest, firstOffset },
      roots,
      pool: this.#poolOf({ roots, level, frameBytes }),
      compressor: new FrameCompressor({ level, frameBytesMax: 64 * 1024 }),
      signal: request.signal,
    });
  }

  /** Level and frame size fix the bytes and may have been others when the window was sealed. */
  #poolOf(settings: { roots: Roots; level: number; frameBytes: number }): PackPool {
    const { roots, level, frameBytes } = settings;
    const key = `${level}/${frameBytes}`;
    const pool =
      this.#pools.get(key) ??
      new PackPool({
        workers: this.#options.workers,
        requestsMax: this.#options.sourceRequestsMax,
        ...{ roots, level, frameBytes },
      });
    this.#pools.set(key, pool);
    return pool;
  }

  async #frameBytesOf({ seal, others }: ReplayRequest): Promise<number> {
    for (const { name } of [seal.manifest, ...others].flatMap(({ shards }) => shards)) {
      try {
        return (await openShard(this.#options.sink, name)).layout.metadata.frameBytes;
      } catch (error) {
        if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
      }
    }
    return this.#options.frameBytes;
  }
}

function versionObstacle({ tool }: Manifest): string | undefined {
  if (tool.zstd === zstdVersion()) return undefined;
  return `it was packed by zstd ${tool.zstd}, here is ${zstdVersion()}: the bytes cannot be compared`;
}

function countObstacle(found: number, expected: number): string | undefined {
  return found === expected ? undefined : `${found} rows were found for it, its manifest says ${expected}`;
}
