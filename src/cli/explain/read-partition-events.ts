import type { ErrorCode } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { shardsTopic } from '../../config/names.ts';
import { followEvents } from '../../log/follow-events.ts';
import type { ReportedTrouble } from '../../log/trouble-event.ts';
import { parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { EventFields } from '../../base/event-fields.ts';

/** What the newest events say of one partition. */
export interface PartitionEvents {
  readonly lastCommitAt: Micros | null;
  /** Null when a commit came after it. */
  readonly trouble: (ReportedTrouble & { readonly at: Micros }) | null;
}

/** How many offsets back; a trouble that lasts is told again every half minute. */
const TAIL_OFFSETS = 10_000;

const PATIENCE_MS = 10_000;

/** By `<table>/<partition>`. @throws TidemarkError ERR_TOPIC_INVALID, ERR_KAFKA_UNREACHABLE. */
export async function readPartitionEvents(config: Config): Promise<ReadonlyMap<string, PartitionEvents>> {
  const found = new Map<string, PartitionEvents>();
  await followEvents({
    ...config.kafka,
    topic: shardsTopic(config.name),
    from: { last: TAIL_OFFSETS },
    untilIdle: true,
    // An open transaction that a dead process has left is not waited for to its end.
    signal: AbortSignal.timeout(PATIENCE_MS),
    events: new Events(),
    onEvent: (json) => takePartitionEvent(json, found),
  });
  return found;
}

/** Adds what one event says; what is none of ours says nothing. */
export function takePartitionEvent(json: string, found: Map<string, PartitionEvents>): void {
  const event = EventFields.parse(json);
  const [table, partition] = [event?.text('data', 'table'), event?.count('data', 'partition')];
  if (event === undefined || table === undefined || partition === undefined) return;
  const key = `${table}/${partition}`;
  const type = event.text('type');
  const at = parseMicros(event.text('time') ?? '') ?? null;
  if (type === 'tidemark.window.sealed.v1' || type === 'tidemark.watermark.advanced.v1')
    found.set(key, { lastCommitAt: at, trouble: null });
  if (type !== 'tidemark.partition.failed.v1' || at === null) return;
  const trouble = { ...troubleIn(event), table, partition, at };
  found.set(key, { lastCommitAt: found.get(key)?.lastCommitAt ?? null, trouble });
}

function troubleIn(event: EventFields): Omit<ReportedTrouble, 'table' | 'partition'> {
  return {
    // It is only shown, so one that a newer version has will do.
    code: (event.text('data', 'code') ?? null) as ErrorCode | null,
    detail: event.text('data', 'detail') ?? '',
    remedy: event.text('data', 'remedy') ?? '',
    isFinal: event.is('data', 'isFinal'),
    process: event.text('data', 'process') ?? '',
  };
}
