import { readHoldingTransactions } from '../../capture/holding-transactions.ts';
import type { HoldingTransaction, HoldingTransactions } from '../../capture/holding-transactions.ts';
import { withSession } from '../../capture/postgres-session.ts';
import type { Config } from '../../config/config.ts';
import { formatMicros, MICROS_PER_MS, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { MarksReport, TransactionReport } from './status-report.ts';

/** Transactions of whom marks take notice, as they are now. */
export type OpenTransactions = Pick<MarksReport, 'heldBackBy' | 'outwaited'>;

/** @throws TidemarkError ERR_POSTGRES_UNREACHABLE. */
export async function readOpenTransactions(config: Config, now: Micros): Promise<OpenTransactions> {
  const { postgres, marks } = config;
  const found = await withSession({ url: postgres.url, purpose: 'status' }, (client) =>
    readHoldingTransactions(client, marks.ignoreApplications),
  );
  return sortOut(found, { now, holdbackMaxMs: marks.holdbackMaxMs });
}

/** The oldest of those that marks wait for, and of those that they wait for no longer. Pure. */
export function sortOut(
  { transactions }: Pick<HoldingTransactions, 'transactions'>,
  { now, holdbackMaxMs }: { readonly now: Micros; readonly holdbackMaxMs: number },
): OpenTransactions {
  const isHeld = ({ since }: HoldingTransaction): boolean => now - since <= holdbackMaxMs * MICROS_PER_MS;
  const oldest = (wanted: boolean): TransactionReport | null => {
    const found = transactions.find((transaction) => isHeld(transaction) === wanted);
    return found === undefined ? null : reportOf(found, now);
  };
  return { heldBackBy: oldest(true), outwaited: oldest(false) };
}

function reportOf({ since, ...transaction }: HoldingTransaction, now: Micros): TransactionReport {
  const { pid, user, application, state, xid, gid } = transaction;
  return {
    pid,
    user,
    application,
    state,
    openSeconds: Math.max(0, now - since) / MICROS_PER_SECOND,
    xid,
    gid,
  };
}

/** @param time T of the last mark; null before the first. Pure. */
export function reportMarks(
  time: Micros | null,
  open: OpenTransactions | null,
  now: Micros,
): MarksReport | null {
  if (time === null) return null;
  return {
    time: formatMicros(time),
    ageSeconds: (now - time) / MICROS_PER_SECOND,
    heldBackBy: open?.heldBackBy ?? null,
    outwaited: open?.outwaited ?? null,
  };
}
