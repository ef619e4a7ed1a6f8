import type { Manifest } from '../../model/manifest.ts';
import { TidemarkError } from '../../base/errors.ts';
import { parseFilterName } from '../filter/filter-name.ts';
import { verifyFilter } from '../filter/verify-filter.ts';
import { OrderedTasks } from '../ordered-tasks.ts';
import { ReadPool } from '../read-pool.ts';
import type { ReadWorkers } from '../read-pool.ts';
import type { Sink } from '../sink.ts';
import { workerModule } from '../worker-module.ts';
import { MANIFEST_SUFFIX, readManifest } from './manifests.ts';
import { addParts, verifyManifest } from './verify-manifest.ts';
import { collectProblems } from './verify-shard.ts';
import type { ShardClaim, VerifiedShard } from './verify-shard.ts';
import type { VerifySettings } from './verify-worker.ts';
import { errorIn } from './verify-problem.ts';
import type { VerifyProblem } from './verify-problem.ts';

export type { VerifyProblem } from './verify-problem.ts';

export interface VerifyProgress {
  readonly manifests: number;
  readonly shards: number;
  /** Filters of uids. */
  readonly filters: number;
  readonly bytes: number;
}

export interface VerifyShardsOptions {
  readonly sink: Sink;
  readonly names?: readonly string[];
  /** Threads, a shard each; without them this thread does it. */
  readonly workers?: ReadWorkers;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/**
 * Hashes everything again and compares it with what the manifests, indexes and tables say.
 *
 * @param options.names shards, manifests or filters to look at; without them everything on the sink, and then also
 * gaps between parts and shards that no manifest names.
 */
export async function* verifyShards(options: VerifyShardsOptions): AsyncGenerator<VerifyProblem> {
  const { sink, workers } = options;
  const pool = workers && createPool({ url: sink.url, sink: workers.sink }, workers.count);
  const tasks = new OrderedTasks<readonly VerifyProblem[]>(2 * (workers?.count ?? 0));
  try {
    for await (const task of verifyTasks(options, pool))
      for (const problems of await tasks.give(task)) yield* problems;
    for await (const problems of tasks.end()) yield* problems;
  } finally {
    await tasks.abandon();
    await pool?.close();
  }
}

type VerifyTask = () => Promise<readonly VerifyProblem[]>;
type VerifyPool = ReadPool<ShardClaim, VerifiedShard>;

function createPool(settings: VerifySettings, workers: number): VerifyPool {
  const module = workerModule('sinks/read/verify-worker');
  return new ReadPool({ workers, module, name: 'runVerify', settings });
}

/** What is to be done for the shards that are asked for, in their order; what needs no shard is done in between. */
async function* verifyTasks(
  options: VerifyShardsOptions,
  pool: VerifyPool | undefined,
): AsyncGenerator<VerifyTask> {
  const { sink } = options;
  const wanted = options.names === undefined ? undefined : new Set(options.names);
  const named = new Set<string>();
  const parts = new Map<string, number[]>();
  const progress = { manifests: 0, shards: 0, filters: 0, bytes: 0 };
  const report = () => options.onProgress?.({ ...progress });
  const onBytes = (bytes: number): void => {
    progress.bytes += bytes;
    report();
  };
  const verify = async (claim: ShardClaim): Promise<readonly VerifyProblem[]> => {
    const { bytes, problems } = await (pool?.run(claim) ?? collectProblems({ sink, ...claim, onBytes }));
    if (pool !== undefined) progress.bytes += bytes;
    progress.shards++;
    report();
    return problems;
  };
  const checkFilter = async (name: string): Promise<readonly VerifyProblem[]> => {
    const problems = await verifyFilter(sink, name);
    progress.filters++;
    report();
    return problems;
  };
  for await (const name of sink.list('')) {
    if (parseFilterName(name) !== undefined && (wanted === undefined || wanted.delete(name)))
      yield () => checkFilter(name);
    if (!name.endsWith(MANIFEST_SUFFIX)) continue;
    const manifest = await tryReadManifest(sink, name);
    if ('severity' in manifest) {
      if (wanted === undefined || wanted.delete(name)) yield done([manifest]);
      continue;
    }
    for (const shard of manifest.shards) named.add(shard.name);
    if (manifest.kind !== 'late') addParts(parts, manifest);
    const whole = wanted === undefined || wanted.delete(name);
    if (whole) yield done([...verifyManifest(name, manifest)]);
    progress.manifests++;
    const { window, payload } = manifest;
    for (const info of manifest.shards) {
      if (wanted !== undefined && !wanted.delete(info.name) && !whole) continue;
      yield () => verify({ manifest: { window, payload }, info });
    }
  }
  if (wanted === undefined)
    for await (const problem of verifyWhole(sink, named, parts)) yield done([problem]);
  for (const name of wanted ?? []) yield done([errorIn(name, null, 'no manifest on the sink names it')]);
}

function done(problems: readonly VerifyProblem[]): VerifyTask {
  return () => Promise.resolve(problems);
}

async function tryReadManifest(sink: Sink, name: string): Promise<Manifest | VerifyProblem> {
  try {
    return await readManifest(sink, name);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
    return errorIn(name, null, error.detail);
  }
}

async function* verifyWhole(
  sink: Sink,
  named: ReadonlySet<string>,
  parts: ReadonlyMap<string, number[]>,
): AsyncGenerator<VerifyProblem> {
  for (const [base, numbers] of parts) {
    numbers.sort((a, b) => a - b);
    const gap = numbers.findIndex((part, i) => part !== i + 1);
    if (gap >= 0)
      yield errorIn(base, null, `its parts are ${numbers.join(', ')}: part ${gap + 1} is missing`);
  }
  for await (const name of sink.list(''))
    if (name.endsWith('.tar.zst') && !named.has(name))
      yield {
        severity: 'warning',
        name,
        range: null,
        what: 'no manifest names this shard: it does not count',
      };
}
