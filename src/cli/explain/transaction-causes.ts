import type { HoldingTransaction } from '../../capture/holding-transactions.ts';
import { MICROS_PER_MS } from '../../model/micros.ts';
import { formatAge } from '../text-table.ts';
import type { Cause } from './explanation.ts';
import type { Facts } from './facts.ts';

/** A transaction whose rows may still come, with the command that ends it. */
export function transactionCause(
  facts: Pick<Facts, 'now' | 'marks'>,
  table: string,
  transaction: HoldingTransaction,
): Cause {
  const { pid, gid, user, application, state, since } = transaction;
  const who = gid === null ? `pid ${pid}` : `prepared transaction ${JSON.stringify(gid)}`;
  const from = application === '' ? '' : `, application ${JSON.stringify(application)}`;
  const age = formatAge(facts.now - since);
  const limit = formatAge(facts.marks.holdbackMaxMs * MICROS_PER_MS);
  return {
    ...{ code: 'transaction', table, partition: null, holds: true },
    detail: `${who} of user ${user}${from} has been ${gid === null ? 'open' : 'prepared'} for ${age} (${state}): its rows may still come, so no mark passes its start`,
    remedy: `end it: ${gid === null ? `SELECT pg_terminate_backend(${pid})` : `ROLLBACK PREPARED '${gid.replaceAll("'", "''")}' (or COMMIT PREPARED)`}; after ${limit} (marks.holdbackMax) it holds nothing back any more`,
  };
}

/** There are some, and this role may not see them. */
export function hiddenCause(table: string): Cause {
  return {
    ...{ code: 'transaction', table, partition: null, holds: true },
    detail: 'the marks are held back, and transactions of other users are hidden from this role',
    remedy: 'GRANT pg_read_all_stats TO the role of postgres.url, and ask again',
  };
}
