import { setTimeout as delay } from 'node:timers/promises';
import { withSession } from './postgres-session.ts';

/** The oldest transaction that creating a slot waits for. */
export interface Blocker {
  /** 0 for a prepared transaction, which has none. */
  readonly pid: number;
  readonly ageMs: number;
}

/** So long a slot may take without anybody being told why; then the operator is told, once for each blocker. */
const PATIENCE_MS = 5_000;

/**
 * A logical slot begins once every transaction has ended that had written when it was asked for, in any database.
 * One that has only read has no xid and is not waited for.
 */
const OLDEST = `
  SELECT pid, floor(extract(epoch FROM clock_timestamp() - since) * 1000)::bigint AS age
    FROM (SELECT pid, xact_start AS since FROM pg_stat_activity WHERE backend_xid IS NOT NULL
          UNION ALL SELECT 0, prepared FROM pg_prepared_xacts) t
   WHERE since IS NOT NULL ORDER BY since LIMIT 1`;

/** Waits for `work`, and meanwhile names who holds it up. */
export async function namingBlockers<T>(
  options: { readonly url: string; readonly onWaiting: (blocker: Blocker) => void },
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const watching = watchBlockers(options, done.signal);
  try {
    return await work;
  } finally {
    done.abort();
    await watching;
  }
}

async function watchBlockers(
  { url, onWaiting }: { readonly url: string; readonly onWaiting: (blocker: Blocker) => void },
  done: AbortSignal,
): Promise<void> {
  let named: number | undefined;
  while (await isWaitingStill(done)) {
    // What keeps us from looking keeps the work from going on too, and that says so.
    const blocker = await readOldestWriter(url).catch(() => undefined);
    if (done.aborted || blocker === undefined || blocker.pid === named) continue;
    named = blocker.pid;
    onWaiting(blocker);
  }
}

async function isWaitingStill(done: AbortSignal): Promise<boolean> {
  try {
    await delay(PATIENCE_MS, undefined, { signal: done });
    return true;
  } catch {
    // Aborted: the work has ended.
    return false;
  }
}

function readOldestWriter(url: string): Promise<Blocker | undefined> {
  return withSession({ url, purpose: 'diagnosis' }, async (client) => {
    const found = await client.query<{ pid: string; age: string }>(OLDEST);
    const row = found.rows[0];
    return row === undefined ? undefined : { pid: Number(row.pid), ageMs: Number(row.age) };
  });
}
