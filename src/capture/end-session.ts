import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { socketOf } from './session-socket.ts';

/** A server that is there hangs up at once; from one that is gone nothing ever comes. */
const PATIENCE_MS = 1_000;

/** Says goodbye, and hangs up without an answer when none comes. Never throws: the session is given up anyway. */
export async function endSession(client: pg.Client): Promise<void> {
  const waiting = new AbortController();
  const ended = client.end().catch(() => undefined);
  const patience = delay(PATIENCE_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([ended, patience]);
  waiting.abort();
  socketOf(client).destroy();
}
