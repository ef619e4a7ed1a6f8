import type { Events } from '../base/event-map.ts';
import type { Config } from '../config/config.ts';
import { rejectsTopic } from '../config/names.ts';
import { followEvents } from '../log/follow-events.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Reject, RejectReason } from '../model/row.ts';
import { EventFields } from '../base/event-fields.ts';

/** A reject that no manifest lists, because it never came to a window: `<name>.rejects` alone knows it. */
export interface LoggedReject extends Reject {
  readonly table: string;
  readonly partition: number;
}

/** Given before a window is chosen. */
const LOGGED_REASONS: readonly RejectReason[] = [
  'record_invalid',
  'uid_invalid',
  'created_at_invalid',
  'created_at_far_ahead',
];

/** @returns undefined for a reject of a window, and for what is none of ours: anybody may write to the topic. */
export function readLoggedReject(json: string): LoggedReject | undefined {
  const data = EventFields.parse(json);
  const [table, partition] = [data?.text('data', 'table'), data?.count('data', 'partition')];
  const reason = LOGGED_REASONS.find((known) => known === data?.text('data', 'reason'));
  if (data === undefined || table === undefined || partition === undefined || reason === undefined)
    return undefined;
  const text = data.text('data', 'createdAt');
  const createdAt = text === undefined ? null : parseMicros(text);
  if (createdAt === undefined) return undefined;
  return {
    table,
    partition,
    offset: (data.count('data', 'offset') ?? null) as Offset | null,
    uid: data.text('data', 'uid') ?? null,
    createdAt,
    fileLocation: data.text('data', 'fileLocation') ?? null,
    reason,
    detail: data.text('data', 'detail') ?? '',
  };
}

/** Reads the topic once, from its begin to its end. @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID. */
export async function readLoggedRejects(options: {
  readonly config: Config;
  readonly events: Events;
  readonly onReject: (reject: LoggedReject) => void;
}): Promise<void> {
  const { config, events, onReject } = options;
  await followEvents({
    ...config.kafka,
    topic: rejectsTopic(config.name),
    from: { time: 0 as Micros },
    untilIdle: true,
    signal: new AbortController().signal,
    events,
    onEvent: (json) => {
      const reject = readLoggedReject(json);
      if (reject !== undefined) onReject(reject);
    },
  });
}
