import type { ShardInfo } from '../../model/shard.ts';
import { cutShards, sliceRows } from './cut-shards.ts';
import type { CutRows, ShardLimits } from './cut-shards.ts';
import { storeShard } from './store-shard.ts';
import type { ShardContext } from './store-shard.ts';

/** A shard under way. */
interface Begun {
  readonly stored: Promise<ShardInfo | null>;
  /** Resolves when its last task has begun, or when it has ended. */
  readonly tasksGiven: Promise<void>;
}

/**
 * Packs and stores the shards of a seal. While one is finished (index, sync, name) the workers pack the next one
 * already; they are stored in their order all the same.
 *
 * A shard of which no row is left takes no number: then the one begun after it is dropped and begun again.
 */
export async function storeShards(
  context: Omit<ShardContext, 'onTasksGiven' | 'before'> & ShardLimits,
  rows: CutRows,
): Promise<ShardInfo[]> {
  const cuts = [...cutShards(rows, context)];
  const shards: ShardInfo[] = [];
  let next: Begun | undefined;
  for (const [i, { from, to }] of cuts.entries()) {
    const part = context.request.firstPart + shards.length;
    const current = next ?? begin(context, { ...sliceRows(rows, from, to), part });
    await current.tasksGiven;
    const after = cuts[i + 1];
    next = after && begin(context, { ...sliceRows(rows, after.from, after.to), part: part + 1 }, current);
    try {
      const shard = await current.stored;
      if (shard !== null) {
        shards.push(shard);
        continue;
      }
    } catch (error) {
      await ended(next);
      throw error;
    }
    await ended(next);
    next = undefined;
  }
  return shards;
}

function begin(
  context: Omit<ShardContext, 'onTasksGiven' | 'before'>,
  cut: CutRows & { readonly part: number },
  previous?: Begun,
): Begun {
  const controller = new AbortController();
  const dropped = new Error('the shard before it was not stored');
  const before = previous?.stored.then(
    (shard) => {
      if (shard === null) controller.abort(dropped);
    },
    () => controller.abort(dropped),
  );
  let giveTasks: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (giveTasks = resolve));
  const signal = AbortSignal.any([context.signal, controller.signal]);
  const stored = storeShard({ ...context, signal, before, onTasksGiven: giveTasks }, cut);
  const settled = stored.then(
    () => undefined,
    () => undefined,
  );
  return { stored, tasksGiven: Promise.race([given, settled]) };
}

/** Its failure is no news: it was dropped because of another. */
async function ended(begun: Begun | undefined): Promise<void> {
  await begun?.stored.catch(() => undefined);
}
