import type pg from 'pg';
import { withSession } from './postgres-session.ts';
import { backendPidOf, socketOf } from './session-socket.ts';

export interface SilenceOptions {
  readonly url: string;
  /** How long the server may be silent before it is asked, over another connection, what it waits for. */
  readonly silenceMaxMs: number;
}

export interface WatchedConnection extends SilenceOptions {
  readonly client: pg.Client;
  /** `stream`: START_REPLICATION, with status requests from our side. `query`: one query that is under way. */
  readonly kind: 'stream' | 'query';
  /** Called once: nothing more will come. */
  readonly onDead: (error: Error) => void;
}

/** Looks this often within the silence that is allowed. */
const LOOKS = 4;

/**
 * Notices a connection that is open on our side alone: a firewall, a proxy or a dead host swallows every byte and
 * never says so, and TCP by itself finds out after two hours if at all.
 *
 * Silence alone proves nothing: a server that sorts a large table or passes over a large foreign transaction has
 * nothing to say. So the server is asked over a new connection what the backend of the silent one is doing. It is
 * dead when there is no such backend, when that one waits for us as we wait for it, or when nobody answers.
 *
 * A socket that we paused ourselves is not silent.
 *
 * @returns a function that ends the watch.
 */
export function watchSilence(watched: WatchedConnection): () => void {
  const { client, silenceMaxMs, onDead } = watched;
  const socket = socketOf(client);
  let heardBytes = socket.bytesRead;
  let heardAtMs = performance.now();
  let isAsking = false;
  const hasSpoken = (): boolean => {
    if (socket.bytesRead === heardBytes && !socket.isPaused()) return false;
    heardBytes = socket.bytesRead;
    heardAtMs = performance.now();
    return true;
  };
  const ask = async (): Promise<void> => {
    isAsking = true;
    const isDead = await isAwaitingUs(watched);
    isAsking = false;
    if (!isDead || isOver || hasSpoken()) return;
    end();
    onDead(new Error(`the server has been silent for ${Math.round(performance.now() - heardAtMs)} ms`));
  };
  let isOver = false;
  const timer = setInterval(() => {
    if (hasSpoken() || isAsking || performance.now() - heardAtMs < silenceMaxMs) return;
    void ask();
  }, silenceMaxMs / LOOKS);
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
  };
  return end;
}

/** Runs one query of a session under the watch; when the connection is dead it is cut, and the query fails with that. */
export async function whileAnswering<T>(
  client: pg.Client,
  options: SilenceOptions,
  query: () => Promise<T>,
): Promise<T> {
  const onDead = (error: Error): void => void socketOf(client).destroy(error);
  const end = watchSilence({ ...options, client, kind: 'query', onDead });
  try {
    return await query();
  } finally {
    end();
  }
}

/**
 * Wait events (table "Wait Events of Type Client / Activity" of the manual). While a slot is being made, a walsender
 * waits for WAL without our doing; while it streams, it answers a status request even then.
 */
const AWAITS_US = {
  query: `wait_event IN ('ClientRead', 'ClientWrite')`,
  stream: `wait_event_type IN ('Client', 'Activity')`,
};

async function isAwaitingUs({ url, client, kind, silenceMaxMs }: WatchedConnection): Promise<boolean> {
  try {
    const session = { url, purpose: 'diagnosis', answerWithinMs: silenceMaxMs };
    const found = await withSession(session, (other) =>
      other.query<{ awaits: string | null }>(
        `SELECT ${AWAITS_US[kind]} AS awaits FROM pg_stat_activity WHERE pid = $1`,
        [backendPidOf(client)],
      ),
    );
    return found.rows.length === 0 || found.rows[0]!.awaits === 't';
  } catch {
    // Nobody answers here either: the connection is given up, and the next one will say what is wrong.
    return true;
  }
}
