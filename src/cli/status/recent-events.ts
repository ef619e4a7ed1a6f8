import type { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { rejectsTopic, shardsTopic } from '../../config/names.ts';
import { followEvents } from '../../log/follow-events.ts';
import { EventFields } from '../../base/event-fields.ts';
import type { RejectReport, SealReport } from './status-report.ts';

/** The last seals and rejects of each table, newest first. */
export interface RecentEvents {
  readonly seals: ReadonlyMap<string, readonly SealReport[]>;
  readonly rejects: ReadonlyMap<string, readonly RejectReport[]>;
}

/**
 * How far back the topics are read, and how many a table shows. A quiet table's watermark still moves with every
 * window, and each move and its transaction take an offset: seals lie far apart then.
 */
const TAIL_OFFSETS = 10_000;
const SHOWN = 5;

/** @returns undefined for other events, and for what is none of ours. */
export function readSeal(json: string): { table: string; report: SealReport } | undefined {
  const event = EventFields.parse(json);
  if (event?.text('type') !== 'tidemark.window.sealed.v1') return undefined;
  const table = event.text('data', 'table');
  const [at, manifest, kind] = [event.text('time'), event.text('subject'), event.text('data', 'kind')];
  const archived = event.count('data', 'ledger', 'archived');
  const rejected = event.count('data', 'ledger', 'rejected');
  const shards = event.length('data', 'shards');
  if (table === undefined || at === undefined || manifest === undefined || kind === undefined)
    return undefined;
  if (archived === undefined || rejected === undefined || shards === undefined) return undefined;
  return { table, report: { at, manifest, kind, archived, rejected, shards } };
}

/** @returns undefined for what is none of ours. */
export function readReject(json: string): { table: string; report: RejectReport } | undefined {
  const event = EventFields.parse(json);
  const [table, at] = [event?.text('data', 'table'), event?.text('time')];
  const [reason, detail] = [event?.text('data', 'reason'), event?.text('data', 'detail')];
  if (table === undefined || at === undefined || reason === undefined || detail === undefined)
    return undefined;
  return { table, report: { at, uid: event?.text('data', 'uid') ?? null, reason, detail } };
}

/** @throws TidemarkError ERR_TOPIC_INVALID, ERR_KAFKA_UNREACHABLE. */
export async function readRecentEvents(config: Config, events: Events): Promise<RecentEvents> {
  const seals = new Map<string, SealReport[]>();
  const rejects = new Map<string, RejectReport[]>();
  const tail = { ...config.kafka, events };
  const end = { from: { last: TAIL_OFFSETS }, untilIdle: true, signal: new AbortController().signal };
  await Promise.all([
    followEvents({
      ...tail,
      ...end,
      topic: shardsTopic(config.name),
      onEvent: (json) => keep(seals, readSeal(json)),
    }),
    followEvents({
      ...tail,
      ...end,
      topic: rejectsTopic(config.name),
      onEvent: (json) => keep(rejects, readReject(json)),
    }),
  ]);
  return { seals: newestFirst(seals), rejects: newestFirst(rejects) };
}

function keep<T>(lists: Map<string, T[]>, read: { table: string; report: T } | undefined): void {
  if (read === undefined) return;
  const list = lists.get(read.table);
  if (list === undefined) lists.set(read.table, [read.report]);
  else list.push(read.report);
}

function newestFirst<T extends { readonly at: string }>(lists: Map<string, T[]>): Map<string, T[]> {
  const sorted = [...lists].map(([table, list]): [string, T[]] => [
    table,
    list.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, SHOWN),
  ]);
  return new Map(sorted);
}
