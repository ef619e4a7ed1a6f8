import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import type { Micros } from '../../model/micros.ts';
import { getFile } from '../../sinks/read/get-file.ts';
import { listRejects } from '../../sinks/read/list-rejects.ts';
import type { Sink } from '../../sinks/sink.ts';
import { readLoggedRejects } from '../logged-rejects.ts';
import type { LoggedReject } from '../logged-rejects.ts';
import { matches } from './reject-entry.ts';
import type { RejectEntry, RejectQuery } from './reject-entry.ts';

export interface CollectRejectsOptions {
  readonly config: Config;
  readonly sink: Sink;
  readonly query: RejectQuery;
  readonly events: Events;
}

/**
 * Every reject of the configured tables: rows of windows from the manifests, which last as long as the archive; what
 * no window could take from `<name>.rejects`, as long as that topic keeps it.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE, ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID.
 */
export async function* collectRejects(options: CollectRejectsOptions): AsyncGenerator<RejectEntry> {
  yield* rejectsOfWindows(options);
  yield* rejectsOfTheLog(options);
}

async function* rejectsOfWindows({
  config,
  sink,
  query,
}: CollectRejectsOptions): AsyncGenerator<RejectEntry> {
  for (const { id } of config.tables) {
    if (query.table !== undefined && query.table !== id) continue;
    for await (const { reject, isArchived, ...place } of listRejects(sink, { ...query, table: id })) {
      const { table, partition, manifestName } = place;
      const entry = { ...reject, table, partition, manifestName };
      if (matches(entry, query)) yield { ...entry, state: isArchived ? 'archived' : 'open' };
    }
  }
}

async function* rejectsOfTheLog({
  config,
  sink,
  query,
  events,
}: CollectRejectsOptions): AsyncGenerator<RejectEntry> {
  const tables = new Set(config.tables.map(({ id }) => id));
  const latest = new Map<string, Omit<RejectEntry, 'state'>>();
  const take = (reject: LoggedReject): void => {
    const entry = { ...reject, manifestName: null };
    if (!tables.has(entry.table) || !matches(entry, query)) return;
    const { table, partition, uid, createdAt, offset } = entry;
    // A row that was tried again stands here as of its last try; what is no row is known by its offset alone.
    const key = uid === null || createdAt === null ? `@${offset}` : `${createdAt}/${uid}`;
    latest.set(`${table}/${partition}/${key}`, entry);
  };
  await readLoggedRejects({ config, events, onReject: take });
  for (const entry of latest.values())
    yield { ...entry, state: (await isArchived(sink, entry)) ? 'archived' : 'open' };
}

/** True when a committed shard holds the row. */
export async function isArchived(
  sink: Sink,
  row: { readonly table: string; readonly uid: string | null; readonly createdAt: Micros | null },
): Promise<boolean> {
  const { table, uid, createdAt } = row;
  if (uid === null || createdAt === null) return false;
  try {
    await getFile({ sink, table, uid, createdAt });
    return true;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_UID_NOT_FOUND') return false;
    throw error;
  }
}
