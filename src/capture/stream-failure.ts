import { messageOf, TidemarkError } from '../base/errors.ts';
import type { TableRef } from '../model/table.ts';
import { postgresFailure, sqlStateOf } from './postgres-failure.ts';
import { withSession } from './postgres-session.ts';
import { checkPublication } from './publication.ts';
import { readSlot, requireSlot } from './slot.ts';

/** The server refused or ended the stream, or the connection broke; `cause` is the error of `pg`. */
export class StreamFailure extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

const OBJECT_IN_USE = '55006';
const UNDEFINED_OBJECT = '42704';

/**
 * Finds out why the stream was refused or has ended. The server's message may be in any language, so the catalog
 * is asked instead. Errors of other origin are given back as they are.
 */
export async function explainStreamFailure(
  cause: unknown,
  options: {
    readonly url: string;
    readonly slot: string;
    readonly publication: string;
    readonly tables: readonly TableRef[];
  },
): Promise<unknown> {
  if (!(cause instanceof StreamFailure)) return cause;
  const { url, slot } = options;
  if (sqlStateOf(cause.cause) === OBJECT_IN_USE) {
    return new TidemarkError('ERR_SLOT_IN_USE', { detail: `slot ${slot} is read by another process`, cause });
  }
  try {
    await withSession({ url, purpose: 'diagnosis' }, async (client) => {
      await requireSlot(client, slot);
      await checkPublication(client, options);
    });
  } catch (found) {
    if (found instanceof TidemarkError && !found.retryable) return found;
  }
  if (sqlStateOf(cause.cause) === UNDEFINED_OBJECT) return decodedWithoutPublication(options, cause);
  return postgresFailure(`read slot ${slot}`, cause.cause);
}

/**
 * Everything is there now, but was not when the rows that come next were inserted: servers before Postgres 18 refuse
 * them for ever.
 */
function decodedWithoutPublication(
  { slot, publication }: { readonly slot: string; readonly publication: string },
  cause: StreamFailure,
): TidemarkError {
  return new TidemarkError('ERR_PUBLICATION_INVALID', {
    detail: `slot ${slot} holds rows that were inserted while publication ${publication} did not exist`,
    remedy: `SELECT pg_drop_replication_slot('${slot}'), then run \`tidemark init\`; the tables are read again above archived_until and duplicates are removed. Rows that were late even then are found by \`tidemark reconcile\`.`,
    cause,
  });
}

/** The process that reads the slot now; null when it is free or the server does not answer. */
export async function readSlotOwner(url: string, slot: string): Promise<number | null> {
  try {
    const state = await withSession({ url, purpose: 'diagnosis' }, (client) => readSlot(client, slot));
    return state?.activePid ?? null;
  } catch {
    // Only a detail of an event; the next try to take the slot tells what is wrong.
    return null;
  }
}
