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
import type { PlacedPiece, Unpacked } from './piece.ts';
import { planPieces } from './plan-pieces.ts';
import { ShardFolder } from './shard-folder.ts';
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
  const jobs = workers?.count ?? 1;
  const pool = workers && createPool({ url: sink.url, sink: workers.sink, resume }, jobs);
  const tasks = new BoundedTasks(jobs);
  const run: ExtractRun = {
    ...{ sink, selection, resume, folder: options.folder, meter },
    unpack: (piece) => (pool === undefined ? unpackPiece(piece, { sink, resume }) : pool.run(piece)),
    // Threads that write into one folder wait for each other, so each has a shard of its own while there are enough.
    piecesAtOnce: Math.ceil(jobs / Math.max(1, shards.length)),
    isEnded: () => tasks.hasFailed || signal?.aborted === true,
  };
  try {
    for (const info of shards) {
      if (run.isEnded()) break;
      await tasks.give(() => extractShard(info, run));
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

interface ExtractRun extends Required<Pick<ExtractOptions, 'sink' | 'selection' | 'resume' | 'folder'>> {
  readonly meter: ExtractMeter;
  readonly unpack: (piece: PlacedPiece) => Promise<Unpacked>;
  /** Of one shard. */
  readonly piecesAtOnce: number;
  readonly isEnded: () => boolean;
}

/** What is unpacked of a shard that is not finished stays in its part folder. */
async function extractShard(info: ShardInfo, run: ExtractRun): Promise<void> {
  const { sink, selection, resume, meter } = run;
  // What was found meanwhile need not be looked for here.
  if (run.isEnded() || !mayChooseFrom(selection, info)) return;
  const reader = await openListedShard(sink, info);
  const { payload } = reader.layout.metadata;
  const tasks = new BoundedTasks(run.piecesAtOnce);
  let folder: ShardFolder | undefined;
  let isWhole = true;
  try {
    for await (const piece of planPieces(reader, selection)) {
      isWhole = !run.isEnded() && !tasks.hasFailed;
      if (!isWhole) break;
      folder ??= new ShardFolder({ parent: run.folder, shard: info.name, payload, resume });
      const { target } = folder;
      await tasks.give(async () => meter.addPiece(await run.unpack({ piece, target })));
    }
  } finally {
    await tasks.end();
  }
  if (!isWhole || folder === undefined) return;
  folder.finish();
  meter.addShard();
}

function createPool(settings: ExtractSettings, workers: number): ReadPool<PlacedPiece, Unpacked> {
  const module = workerModule('sinks/extract/extract-worker');
  return new ReadPool({ workers, module, name: 'runUnpack', settings });
}
