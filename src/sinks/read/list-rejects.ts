import type { Micros } from '../../model/micros.ts';
import type { Reject } from '../../model/row.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Window } from '../../model/window.ts';
import type { Sink } from '../sink.ts';
import { listManifests } from './manifests.ts';
import type { ManifestQuery, NamedManifest } from './manifests.ts';
import { openShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';

/** A row that a seal could not archive. */
export interface SealedReject {
  readonly table: string;
  readonly partition: number;
  readonly window: Window;
  readonly manifestName: string;
  readonly reject: Reject;
  /** True when a shard of the window holds the row by now: a retry has brought it in. */
  readonly isArchived: boolean;
}

/**
 * What manifests list as rejected, window by window; a row that was rejected several times stands there once, as of
 * its last try.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function* listRejects(sink: Sink, query: ManifestQuery = {}): AsyncGenerator<SealedReject> {
  let group: NamedManifest[] = [];
  for await (const next of listManifests(sink, query)) {
    if (group.length > 0 && !isOfOneWindow(group[0]!, next)) {
      yield* rejectsOf(sink, group);
      group = [];
    }
    group.push(next);
  }
  yield* rejectsOf(sink, group);
}

function isOfOneWindow({ manifest: a }: NamedManifest, { manifest: b }: NamedManifest): boolean {
  return a.table === b.table && a.window.end === b.window.end;
}

async function* rejectsOf(sink: Sink, group: readonly NamedManifest[]): AsyncGenerator<SealedReject> {
  const latest = new Map<string, Omit<SealedReject, 'isArchived'>>();
  for (const { name, manifest } of group) {
    for (const reject of manifest.rejects) {
      const { table, partition, window } = manifest;
      const key = `${partition}/${reject.createdAt}/${reject.uid}`;
      const known = latest.get(key);
      if (known !== undefined && (known.reject.offset ?? 0) > (reject.offset ?? 0)) continue;
      latest.set(key, { table, partition, window, manifestName: name, reject });
    }
  }
  if (latest.size === 0) return;
  const shards = new ShardLookup(
    sink,
    group.flatMap(({ manifest }) => manifest.shards),
  );
  for (const found of latest.values()) {
    const { uid, createdAt } = found.reject;
    const isArchived = uid !== null && createdAt !== null && (await shards.hold(uid, createdAt));
    yield { ...found, isArchived };
  }
}

/** Asks the indexes of one window's shards; each shard is opened once, and only when a row may stand in it. */
class ShardLookup {
  readonly #sink: Sink;
  readonly #shards: readonly ShardInfo[];
  readonly #readers = new Map<string, Promise<ShardReader>>();

  constructor(sink: Sink, shards: readonly ShardInfo[]) {
    this.#sink = sink;
    this.#shards = shards;
  }

  async hold(uid: string, createdAt: Micros): Promise<boolean> {
    for (const { name, minCreatedAt, maxCreatedAt } of this.#shards) {
      if (createdAt < minCreatedAt || createdAt > maxCreatedAt) continue;
      const reader = this.#readers.get(name) ?? openShard(this.#sink, name);
      this.#readers.set(name, reader);
      if ((await (await reader).findMember(uid, createdAt)) !== undefined) return true;
    }
    return false;
  }
}
