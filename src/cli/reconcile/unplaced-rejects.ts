import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import type { Micros } from '../../model/micros.ts';
import type { TimeRange } from '../../sinks/read/archived-row.ts';
import { readLoggedRejects } from '../logged-rejects.ts';
import type { LoggedReject } from '../logged-rejects.ts';

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
    const keys = new Set<string>();
    await readLoggedRejects({
      config,
      events: new Events(),
      onReject: (reject) => {
        const key = reject.table === table ? keyIn(reject, range) : undefined;
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
    return this.#keys.has(keyOf(uid, createdAt)) || this.#keys.has(keyOf(uid, null));
  }
}

function keyIn({ uid, createdAt }: LoggedReject, range: TimeRange): string | undefined {
  if (uid === null) return undefined;
  const isElsewhere = createdAt !== null && (createdAt <= range.from || createdAt > range.to);
  return isElsewhere ? undefined : keyOf(uid, createdAt);
}

function keyOf(uid: string, createdAt: Micros | null): string {
  return `${createdAt ?? ''} ${uid}`;
}
