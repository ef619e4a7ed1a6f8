import { TidemarkError } from '../../base/errors.ts';
import { failpoint } from '../../base/failpoint.ts';
import { readManifest } from '../read/manifests.ts';
import type { Sink } from '../sink.ts';
import { fillRows, headOf } from './build-filter.ts';
import type { ManifestShards } from './build-filter.ts';
import { rowBytes } from './filter-bits.ts';
import { digestOfHead, encodeHead } from './filter-head.ts';
import type { FilterHead } from './filter-head.ts';
import { filterName, parseFilterName } from './filter-name.ts';
import { corruptFilter, isCorruptFilter, openFilter } from './read-filter.ts';
import { findUncovered } from './uncovered.ts';
import type { UncoveredGroup } from './uncovered.ts';

/** A filter that was written, or would be. */
export interface WrittenFilter {
  readonly table: string;
  /** `yyyy/mm/dd` */
  readonly day: string;
  readonly name: string;
  readonly manifests: number;
  readonly uids: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface WriteFiltersOptions {
  readonly sink: Sink;
  /** Folder of the day, as `listDays` gives it. */
  readonly day: string;
  /** Only this partition. */
  readonly partition?: number;
  readonly dryRun?: boolean;
  readonly onUids?: (count: number) => void;
  /** Told of a filter that is damaged. It keeps its name, so what it covers has no filter until it is moved away. */
  readonly onDamage?: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** A filter is cut before it would have more: some 17 MB of it. */
const FILTER_UIDS_MAX = 8 * 1024 * 1024;

/**
 * Writes the filters that a day lacks. Nothing of it needs a lock or an order: a filter is named by what it covers and
 * filled with what the shards hold, so whoever writes it, and however often, writes the same bytes.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE, ERR_FILTER_CORRUPT; the signal's reason.
 */
export async function* writeFilters(options: WriteFiltersOptions): AsyncGenerator<WrittenFilter> {
  const { sink, day, partition } = options;
  const names: string[] = [];
  const heads: FilterHead[] = [];
  const damaged = new Set<string>();
  for await (const name of sink.list(day)) {
    names.push(name);
    if (parseFilterName(name) === undefined) continue;
    const head = await tryRead(options, name);
    if (head === undefined) damaged.add(name);
    else heads.push(head);
  }
  const wanted = { day, names, heads, ...(partition === undefined ? {} : { partition }) };
  for (const group of findUncovered(wanted))
    for await (const manifests of readInPieces(options, group)) {
      const plan = planFile(day, group, manifests);
      if (!damaged.has(plan.name)) yield await write(options, plan, manifests);
    }
}

async function tryRead(
  { sink, onDamage }: WriteFiltersOptions,
  name: string,
): Promise<FilterHead | undefined> {
  try {
    return (await openFilter(sink, name)).head;
  } catch (error) {
    if (!isCorruptFilter(error)) throw error;
    onDamage?.(error);
    return undefined;
  }
}

async function* readInPieces(
  { sink, signal }: WriteFiltersOptions,
  group: UncoveredGroup,
): AsyncGenerator<readonly ManifestShards[]> {
  let [piece, uids] = [[] as ManifestShards[], 0];
  for (const name of group.manifests) {
    signal.throwIfAborted();
    // Its rejects may be many; they go.
    const { shards } = await readManifest(sink, name);
    const more = shards.reduce((sum, { rows }) => sum + rows, 0);
    if (piece.length > 0 && uids + more > FILTER_UIDS_MAX) {
      yield piece;
      [piece, uids] = [[], 0];
    }
    piece.push({ name, shards });
    uids += more;
  }
  yield piece;
}

interface FilePlan {
  readonly name: string;
  readonly head: FilterHead;
  /** The head as it stands in the file. */
  readonly start: Buffer;
}

/** Everything of a filter that is known before a shard is read. */
function planFile(
  day: string,
  { partition, partitionCount }: UncoveredGroup,
  manifests: readonly ManifestShards[],
): FilePlan {
  // `public.files/2026/11/23/`: whatever a table's name has in it, a day has three segments.
  const table = day.split('/').slice(0, -4).join('/');
  const head = headOf({ table, day, manifests });
  const start = encodeHead(head);
  const [headBytes, digest] = [start.length, digestOfHead(start)];
  return { name: filterName({ day, partition, partitionCount, headBytes, digest }), head, start };
}

async function write(
  { sink, day, signal, dryRun, onUids }: WriteFiltersOptions,
  { name, head, start }: FilePlan,
  manifests: readonly ManifestShards[],
): Promise<WrittenFilter> {
  const beganAt = performance.now();
  const bytes = start.length + head.rows * rowBytes(head);
  if (dryRun !== true) {
    const file = Buffer.alloc(bytes);
    start.copy(file);
    const bits = file.subarray(start.length);
    const told = onUids === undefined ? {} : { onUids };
    await fillRows({ sink, bits, head, manifests, signal, ...told });
    await store(sink, name, file);
    failpoint('filter:stored');
  }
  const { table, uids } = head;
  return {
    ...{ table, day: day.slice(table.length + 1, -1), name, manifests: manifests.length, uids, bytes },
    durationMs: performance.now() - beganAt,
  };
}

/** The same bytes always go by the same name, so others under it are no second opinion but damage. */
async function store(sink: Sink, name: string, bytes: Buffer): Promise<void> {
  try {
    await sink.putObject(name, bytes);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CONFLICT') throw error;
    throw corruptFilter(name, 'it is there with other bytes than its shards give');
  }
}
