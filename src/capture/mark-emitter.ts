import { setTimeout as delay } from 'node:timers/promises';
import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import { encodeMarkMessage, MARK_PREFIX } from './mark-message.ts';
import { MarkTimes } from './mark-time.ts';
import type { MarkTime } from './mark-time.ts';
import { postgresFailure } from './postgres-failure.ts';
import { connectPostgres } from './postgres-session.ts';
import { endSession } from './end-session.ts';
import { checkPublication } from './publication.ts';
import type { PublishedRelation } from './publication.ts';
import { readServerTransactions } from './server-transactions.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';

export interface MarkOptions {
  readonly intervalMs: number;
  /** Between a transaction taking its start time and showing it to others. */
  readonly marginMs: number;
  /** A transaction open for longer no longer holds T back. */
  readonly holdbackMaxMs: number;
  /** `application_name` of sessions that insert nothing with `now()`. */
  readonly ignoreApplications: readonly string[];
}

export const DEFAULT_MARK_OPTIONS: MarkOptions = {
  intervalMs: 1_000,
  marginMs: 10,
  holdbackMaxMs: 600_000,
  ignoreApplications: ['pg_dump', 'pg_basebackup'],
};

export interface MarkEmitterOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  readonly tables: readonly TableRef[];
  /** What the publication had of the tables when the session began. */
  readonly published: ReadonlyMap<string, PublishedRelation>;
  readonly marks: MarkOptions;
  readonly events: Events;
  /** Without an answer for so long, the connection is given up. */
  readonly silenceMaxMs: number;
  /** T of the last mark of any owner; T never goes back. */
  readonly lastTime: Micros | null;
}

/**
 * Writes a mark into the WAL each interval, until aborted. When the message comes out of the slot, every row that
 * it covers has come before it, because decoding is in commit order. It also moves an idle slot on.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_PUBLICATION_INVALID, ERR_TABLE_INVALID,
 * ERR_PUBLICATION_CHANGED.
 */
export async function emitMarks(options: MarkEmitterOptions, signal: AbortSignal): Promise<void> {
  const { url, slot, marks, events } = options;
  const times = new MarkTimes(marks, options.lastTime);
  const warn = overdueWarner(events);
  const client = await connectPostgres({ url, purpose: 'marks', answerWithinMs: options.silenceMaxMs });
  try {
    while (!signal.aborted) {
      // Postgres 18 skips a publication that is gone with a mere warning: a mark must not promise over that.
      requireSame(options, await checkPublication(client, options));
      const mark = times.next(await readServerTransactions(client, marks.ignoreApplications));
      warn(mark);
      await client.query('SELECT pg_logical_emit_message(true, $1, $2)', [
        MARK_PREFIX,
        encodeMarkMessage({ slot, time: mark.time, clock: mark.clock }),
      ]);
      events.emit('mark:emitted', { time: mark.time, clock: mark.clock });
      events.emit('database:operated', { operation: 'mark', count: 1 });
      // Ends early, with a rejection that means nothing, when aborted.
      await delay(marks.intervalMs, undefined, { signal }).catch(() => undefined);
    }
  } catch (cause) {
    throw postgresFailure('emit a mark', cause);
  } finally {
    await endSession(client);
  }
}

/** What was dropped and made again between two marks has let rows pass by. */
function requireSame(
  { publication, tables, published }: MarkEmitterOptions,
  now: ReadonlyMap<string, PublishedRelation>,
): void {
  const changed = tables.map(tableId).filter((id) => now.get(id)?.identity !== published.get(id)?.identity);
  if (changed.length === 0) return;
  throw new TidemarkError('ERR_PUBLICATION_CHANGED', {
    detail: `publication ${publication} or ${changed.join(', ')} was made anew or altered`,
  });
}

/** T of this moment: the cap of a snapshot that begins now. */
export async function computeMarkTime(
  options: Pick<MarkEmitterOptions, 'url' | 'marks' | 'silenceMaxMs' | 'lastTime'>,
): Promise<Micros> {
  const { url, silenceMaxMs } = options;
  const client = await connectPostgres({ url, purpose: 'marks', answerWithinMs: silenceMaxMs });
  try {
    const seen = await readServerTransactions(client, options.marks.ignoreApplications);
    return new MarkTimes(options.marks, options.lastTime).next(seen).time;
  } catch (cause) {
    throw postgresFailure('compute a mark', cause);
  } finally {
    await endSession(client);
  }
}

/** Each overdue process is named once. */
function overdueWarner(events: Events): (mark: MarkTime) => void {
  let named = new Set<number>();
  return ({ overdue }) => {
    for (const { pid, ageMs } of overdue) {
      if (!named.has(pid)) events.emit('mark:held-back', { pid, ageMs });
    }
    named = new Set(overdue.map(({ pid }) => pid));
  };
}
