import type { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { rejectsTopic, shardsTopic } from '../../config/names.ts';
import { followEvents } from '../../log/follow-events.ts';
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

interface EventShape {
  readonly type: string;
  readonly time: string;
  readonly subject: string;
  readonly data: {
    readonly table: string;
    readonly kind: string;
    readonly ledger: { readonly archived: number; readonly rejected: number };
    readonly shards: readonly unknown[];
    readonly uid: string | null;
    readonly reason: string;
    readonly detail: string;
  };
}

/** @throws TidemarkError ERR_TOPIC_INVALID, ERR_KAFKA_UNREACHABLE. */
export async function readRecentEvents(config: Config, events: Events): Promise<RecentEvents> {
  const seals = new Map<string, SealReport[]>();
  const rejects = new Map<string, RejectReport[]>();
  const tail = { brokers: config.kafka.brokers, clientId: config.kafka.clientId, events };
  const end = { from: { last: TAIL_OFFSETS }, untilIdle: true, signal: new AbortController().signal };
  const onSeal = ({ type, time, subject, data }: EventShape): void => {
    if (type !== 'tidemark.window.sealed.v1') return;
    const { archived, rejected } = data.ledger;
    keep(seals, data.table, {
      at: time,
      manifest: subject,
      kind: data.kind,
      archived,
      rejected,
      shards: data.shards.length,
    });
  };
  const onReject = ({ time, data }: EventShape): void => {
    keep(rejects, data.table, { at: time, uid: data.uid, reason: data.reason, detail: data.detail });
  };
  await Promise.all([
    followEvents({
      ...tail,
      ...end,
      topic: shardsTopic(config.name),
      onEvent: (json) => onSeal(JSON.parse(json) as EventShape),
    }),
    followEvents({
      ...tail,
      ...end,
      topic: rejectsTopic(config.name),
      onEvent: (json) => onReject(JSON.parse(json) as EventShape),
    }),
  ]);
  return { seals: newestFirst(seals), rejects: newestFirst(rejects) };
}

function keep<T>(lists: Map<string, T[]>, table: string, item: T): void {
  const list = lists.get(table);
  if (list === undefined) lists.set(table, [item]);
  else list.push(item);
}

function newestFirst<T extends { readonly at: string }>(lists: Map<string, T[]>): Map<string, T[]> {
  const sorted = [...lists].map(([table, list]): [string, T[]] => [
    table,
    list.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, SHOWN),
  ]);
  return new Map(sorted);
}
