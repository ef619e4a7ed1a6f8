import type pg from 'pg';
import { socketOf } from './session-socket.ts';
import { settlesWithin } from './settles-within.ts';

/** A server that is there hangs up at once; from one that is gone nothing ever comes. */
const PATIENCE_MS = 1_000;

/** Says goodbye, and hangs up without an answer when none comes. Never throws: the session is given up anyway. */
export async function endSession(client: pg.Client): Promise<void> {
  await settlesWithin(PATIENCE_MS, client.end());
  socketOf(client).destroy();
}
