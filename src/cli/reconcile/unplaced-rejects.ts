import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { rejectsTopic } from '../../config/names.ts';
import { followEvents } from '../../log/follow-events.ts';
import { formatMicros, parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { RejectReason } from '../../model/row.ts';
import type { TimeRange } from '../../sinks/read/archived-row.ts';

/** Rejects that stand in no manifest, because they never came to a window. */
const UNPLACED: ReadonlySet<RejectReason> = new Set<RejectReason>([
  'record_invalid',
  'uid_invalid',
  'created_at_invalid',
  'created_at_far_ahead',
]);

/** One entry has some hundred bytes. */
const REJECTS_MAX = 1_000_000;

/** Tells whether a row was rejected on its way to a window, as `<name>.rejects` says. */
export class UnplacedRejects {
  readonly #keys: ReadonlySet<string>;

  private constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
  }

  /** @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID; ERR_USAGE when there are too many. */
  static async read(options: { config: Config; table: string; range: TimeRange }): Promise<UnplacedRejects> {
    const { config, table, range } = options;
    const { brokers, clientId } = config.kafka;
    const keys = new Set<string>();
    await followEvents({
      brokers,
      clientId,
      topic: rejectsTopic(config.name),
      from: { time: 0 as Micros },
      untilIdle: true,
      signal: new AbortController().signal,
      events: new Events(),
      onEvent: (json) => {
        const key = keyIn(json, table, range);
        if (key !== undefined && keys.size <= REJECTS_MAX) keys.add(key);
      },
    });
    if (keys.size <= REJECTS_MAX) return new UnplacedRejects(keys);
    throw new TidemarkError('ERR_USAGE', {
      detail: `more than ${REJECTS_MAX} rejects of ${table} have a created_at in this range`,
      remedy: 'Choose --from and --to closer together.',
    });
  }

  has(uid: string, createdAt: Micros): boolean {
    return this.#keys.has(keyOf(uid, formatMicros(createdAt))) || this.#keys.has(keyOf(uid, null));
  }
}

interface RejectShape {
  readonly data?: {
    readonly table?: string;
    readonly uid?: string | null;
    readonly createdAt?: string | null;
    readonly reason?: RejectReason;
  };
}

function keyIn(json: string, table: string, range: TimeRange): string | undefined {
  const { data } = JSON.parse(json) as RejectShape;
  if (data?.table !== table || data.reason === undefined || !UNPLACED.has(data.reason)) return undefined;
  const { uid, createdAt } = data;
  if (typeof uid !== 'string') return undefined;
  if (typeof createdAt !== 'string') return keyOf(uid, null);
  const time = parseMicros(createdAt);
  return time === undefined || time <= range.from || time > range.to ? undefined : keyOf(uid, createdAt);
}

function keyOf(uid: string, createdAt: string | null): string {
  return `${createdAt ?? ''} ${uid}`;
}
