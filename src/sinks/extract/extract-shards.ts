import type { ShardInfo } from '../../model/shard.ts';
import { ReadPool } from '../read-pool.ts';
import type { ReadWorkers } from '../read-pool.ts';
import type { ManifestQuery } from '../read/manifests.ts';
import { openListedShard } from '../read/shard-reader.ts';
import type { Sink } from '../sink.ts';
import { workerModule } from '../worker-module.ts';
import { BoundedTasks } from './bounded-tasks.ts';
import { ExtractMeter } from './extract-progress.ts';
import type { ExtractProgress } from './extract-progress.ts';
import type { ExtractSettings } from './extract-worker.ts';
import { listedShards } from './listed-shards.ts';
import type { Piece, Unpacked } from './piece.ts';
import { planPieces } from './plan-pieces.ts';
import { makeShardFolder, shardFolder } from './shard-folder.ts';
import { mayChooseFrom } from './selection.ts';
import type { Selection } from './selection.ts';
import { unpackPiece } from './unpack-piece.ts';
import type { WantedUid } from './wanted-uids.ts';

export interface ExtractResult extends ExtractProgress {
  /** Of the uids that were asked for. */
  readonly notFound: readonly WantedUid[];
  /** False when it was ended by its signal. */
  readonly isFinished: boolean;
}

export interface ExtractOptions extends ManifestQuery {
  readonly sink: Sink;
  readonly folder: string;
  /** Shards; without them all that the manifests of the query name. */
  readonly names?: readonly string[];
  readonly selection?: Selection;
  readonly resume?: boolean;
  /** Threads that unpack, and how each opens the sink anew; without them this thread does. */
  readonly workers?: ReadWorkers;
  /** Ends it behind what is under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExtractProgress) => void;
}

/**
 * Unpacks shards into a folder: `<folder>/<shard name without .tar.zst>/rows.ndjson` and `…/files/<name>`. Each name
 * comes from the index, never from the tar header, and cannot leave its folder; each digest is checked. With a selection
 * only the frames of what is chosen are read, and `rows.ndjson` is written for `payload: row` alone, with the chosen rows.
 *
 * @throws TidemarkError ERR_SHARD_NOT_FOUND when no manifest names one of the shards, before anything is written; ERR_USAGE when a file to be written is there already, ERR_OUTPUT_UNAVAILABLE, ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function extractShards(options: ExtractOptions): Promise<ExtractResult> {
  const { sink, workers, signal, selection = {}, resume = false } = options;
  const listed = await listedShards(sink, options, options.names);
  const shards = listed.filter((info) => mayChooseFrom(selection, info));
  const meter = new ExtractMeter(shards, options.onProgress);
  const pool = workers && createPool({ url: sink.url, sink: workers.sink, resume }, workers.count);
  const unpack = (piece: Piece): Promise<Unpacked> =>
    pool === undefined ? unpackPiece(piece, { sink, resume }) : pool.run(piece);
  // Twice as many as there are threads: none waits while the next piece is planned.
  const tasks = new BoundedTasks(2 * (workers?.count ?? 1));
  const isEnded = (): boolean => tasks.hasFailed || signal?.aborted === true;
  try {
    for (const info of shards) {
      if (isEnded()) break;
      // What was found meanwhile need not be looked for here.
      if (!mayChooseFrom(selection, info)) continue;
      const shard = meter.begin();
      for await (const piece of piecesOf(info, options)) {
        if (isEnded()) break;
        shard.planned();
        await tasks.give(async () => shard.done(await unpack(piece)));
      }
      if (!isEnded()) shard.allPlanned();
    }
  } finally {
    try {
      await tasks.end();
    } finally {
      await pool?.close();
    }
  }
  const isFinished = signal?.aborted !== true;
  return { ...meter.now(), notFound: selection.uids?.notFound() ?? [], isFinished };
}

function createPool(settings: ExtractSettings, workers: number): ReadPool<Piece, Unpacked> {
  const module = workerModule(import.meta.url, './extract-worker');
  return new ReadPool({ workers, module, name: 'runUnpack', settings });
}

/** Planned one at a time, their folder made before the first. */
async function* piecesOf(info: ShardInfo, options: ExtractOptions): AsyncGenerator<Piece> {
  const { sink, selection = {}, resume = false } = options;
  const reader = await openListedShard(sink, info);
  const folder = shardFolder(options.folder, info.name);
  let isMade = false;
  for await (const piece of planPieces(reader, { folder, selection })) {
    if (!isMade) makeShardFolder(folder, { payload: reader.layout.metadata.payload, resume });
    isMade = true;
    yield piece;
  }
}
