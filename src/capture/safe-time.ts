import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import type { MarkOptions } from './mark-emitter.ts';
import { MarkTimes } from './mark-time.ts';
import { withSession } from './postgres-session.ts';
import { readServerTransactions } from './server-transactions.ts';

/**
 * A time as a mark would carry it now: every row that `now()` stamped up to it is committed and can be read. A
 * transaction open for longer than `holdbackMaxMs` does not hold it back, and is named in an event.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE without pg_read_all_stats.
 */
export async function readSafeTime(options: {
  readonly url: string;
  readonly marks: Omit<MarkOptions, 'intervalMs'>;
  readonly events: Events;
}): Promise<Micros> {
  const { url, marks, events } = options;
  const found = await withSession({ url, purpose: 'look at transactions' }, (client) =>
    readServerTransactions(client, marks.ignoreApplications),
  );
  const { time, overdue } = new MarkTimes(marks, null).next(found);
  for (const transaction of overdue) events.emit('mark:held-back', transaction);
  return time;
}
