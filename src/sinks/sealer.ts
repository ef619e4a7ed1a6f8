import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import { failpoint } from '../base/failpoint.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SealRequest, SealResult, SealWindow } from '../model/seal.ts';
import { manifestName } from '../model/shard.ts';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from './format/shard-metadata.ts';
import { encodeManifest } from './manifest-codec.ts';
import { PackPool } from './pack/pack-pool.ts';
import { resolveRoots } from './pack/roots.ts';
import type { Roots } from './pack/roots.ts';
import { buildManifest } from './seal/build-manifest.ts';
import { findCommitted } from './seal/committed-rows.ts';
import { findReusable } from './seal/find-reusable.ts';
import { prepareRows } from './seal/prepare-rows.ts';
import { RejectList } from './seal/reject-list.ts';
import { SealDigest } from './seal/seal-digest.ts';
import { Slots } from './slots.ts';
import { storeShards } from './seal/store-shards.ts';
import type { Sink } from './sink.ts';
import { FrameCompressor, zstdVersion } from './zstd.ts';

export interface SealerOptions {
  readonly sink: Sink;
  /** `file`: rows and the files that they name; `row`: the rows themselves. */
  readonly payload: 'file' | 'row';
  /** Folders and `s3://bucket/prefix` that source files must lie in; empty with `payload: row`. */
  readonly roots: readonly string[];
  /** Requests for source files to buckets that are under way at once. */
  readonly sourceRequestsMax?: number | undefined;
  /** Source bytes of a shard: lines and files. A single larger row makes a shard of its own. */
  readonly bytesMax: number;
  /** Files of a shard, or with `payload: row` rows. */
  readonly filesMax: number;
  /** zstd's compression level. */
  readonly level: number;
  /** Target of a zstd frame in bytes before compression. Part of what fixes the bytes. */
  readonly frameBytes?: number;
  /** Packing threads; they do not change a byte. */
  readonly workers: number;
  /** Of Tidemark; recorded in every shard and manifest. */
  readonly toolVersion: string;
  readonly events: Events;
}

export interface Sealer {
  /**
   * Packs rows, makes shards and manifest durable. Several seals may run at once; they share the threads.
   *
   * @throws TidemarkError ERR_SHARD_CONFLICT, ERR_LEDGER_UNBALANCED; retryable ones: ERR_SINK_UNAVAILABLE,
   * ERR_SOURCE_UNAVAILABLE, ERR_WORKER_FAILED. The signal's reason when it is aborted.
   */
  readonly seal: SealWindow;
  /** Ends the threads; abort running seals first. */
  close(): Promise<void>;
}

const FRAME_BYTES = 512 * 1024;
/** Seals that pack at once: more would only take memory, the threads are shared. */
const SEALS_MAX = 2;
/** A millisecond's work or two, after which the workers get new tasks. */
const ROWS_DIGESTED_AT_ONCE = 1_000;

/** @throws TidemarkError ERR_ZSTD_MISSING */
export function createSealer(options: SealerOptions): Sealer {
  const frameBytes = options.frameBytes ?? FRAME_BYTES;
  if (frameBytes % 512 !== 0 || frameBytes < FRAME_BYTES_MIN || frameBytes > FRAME_BYTES_MAX)
    throw new RangeError(
      `frameBytes must be a multiple of 512 from ${FRAME_BYTES_MIN} to ${FRAME_BYTES_MAX}`,
    );
  const settings = { ...options, frameBytes };
  const compressor = new FrameCompressor({ level: options.level, frameBytesMax: 64 * 1024 });
  const slots = new Slots(SEALS_MAX);
  let resources: Promise<Resources> | undefined;
  const open = async (): Promise<Resources> => {
    resources ??= openResources(settings);
    try {
      return await resources;
    } catch (error) {
      // A root that is mounted later must be found by the next try.
      resources = undefined;
      throw error;
    }
  };
  return {
    seal: (request, signal) =>
      slots.hold(async () => {
        signal.throwIfAborted();
        return await sealRows({ ...settings, ...(await open()), compressor, request, signal });
      }),
    close: async () => {
      const opened = await resources?.catch(() => undefined);
      await opened?.pool.close();
    },
  };
}

interface Resources {
  readonly roots: Roots;
  readonly pool: PackPool;
}

async function openResources(settings: SealerOptions & { readonly frameBytes: number }): Promise<Resources> {
  const { level, frameBytes, workers } = settings;
  await sweep(settings);
  const roots = await resolveRoots(settings.payload === 'file' ? settings.roots : []);
  const pool = new PackPool({ workers, roots, requestsMax: settings.sourceRequestsMax, level, frameBytes });
  return { roots, pool };
}

/** What processes that were killed have left half written: before the first seal, so that it has the room. */
async function sweep({ sink, events }: SealerOptions): Promise<void> {
  const files = await sink.sweep();
  failpoint('sink:swept');
  if (files > 0) events.emit('sink:swept', { files });
}

interface SealContext extends Omit<SealerOptions, 'roots'>, Resources {
  readonly frameBytes: number;
  readonly compressor: FrameCompressor;
  readonly request: SealRequest;
  readonly signal: AbortSignal;
}

async function sealRows(context: SealContext): Promise<SealResult> {
  const { request } = context;
  const digest = new SealDigest(request.rows);
  const name = manifestName(request.name);
  const findEarlier = () =>
    findReusable({ ...context, manifestName: name, rowsSha256: () => digest.value() });
  const earlier = await findEarlier();
  if (earlier !== undefined) return { manifestName: name, manifest: earlier, reused: true };
  try {
    return { manifestName: name, manifest: await packRows(context, digest), reused: false };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CONFLICT') throw error;
    // The partition's last owner may still have been at work and have sealed the same rows meanwhile.
    const other = await findEarlier();
    if (other === undefined) throw error;
    return { manifestName: name, manifest: other, reused: true };
  }
}

async function packRows(context: SealContext, digest: SealDigest): Promise<Manifest> {
  const { sink, request, payload } = context;
  const committed = request.dropCommitted ? await findCommitted(sink, request, context.signal) : undefined;
  const rejects = new RejectList(request.rows);
  const rows = await prepareRows({ ...context, rows: request.rows, committed, rejects });
  const whileWorkersPack = () => digest.advance(ROWS_DIGESTED_AT_ONCE);
  const shards = await storeShards({ ...context, rejects, pins: rows.pins, whileWorkersPack }, rows);
  const manifest: Manifest = buildManifest({
    request,
    payload,
    rowsSha256: digest.value(),
    committed: committed?.reduce((sum, flag) => sum + flag, 0) ?? 0,
    shards,
    rejects: rejects.toList(),
    tool: { tidemark: context.toolVersion, zstd: zstdVersion(), level: context.level },
  });
  const isStored = shards.length > 0 || request.skipEmpty !== true;
  if (isStored) await sink.putObject(manifestName(request.name), encodeManifest(manifest));
  return manifest;
}
