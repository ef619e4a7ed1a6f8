import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import { endsWithin } from '../base/patience.ts';
import { postgresLogin } from '../base/postgres-login.ts';
import { connectTrouble, postgresTrouble } from './postgres-connection.ts';
import { takeTableLock } from './table-lock.ts';

export interface SharedLocksOptions {
  readonly url: string;
  readonly applicationName: string;
  /** `schema.name` each. */
  readonly tables: readonly string[];
  readonly events: Events;
  /** How often the connection is asked whether it is there. */
  readonly lookEveryMs?: number;
  /** A server that has not answered for so long is away. */
  readonly answerWithinMs?: number;
}

const LOOK_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 10_000;
const CLOSE_WITHIN_MS = 1_000;

/** The locks are held until the connection is lost. */
interface Taken {
  readonly lost: Promise<void>;
}

/**
 * Holds the shared locks of an archive process's tables on a connection of its own, for as long as the process runs.
 *
 * When Postgres is away sealing goes on, and the locks are taken again once it answers: no cycle can have begun
 * without Postgres. Should one have been quicker then, this process ends, for two would seal the same windows.
 */
export class SharedLocks {
  readonly #options: SharedLocksOptions;
  readonly #abort = new AbortController();
  #client: pg.Client | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #refuse: (error: unknown) => void = () => undefined;
  /** Rejects when a table is archived in another way; never resolves. */
  readonly refused: Promise<never>;

  constructor(options: SharedLocksOptions) {
    this.#options = options;
    this.refused = new Promise<never>((_resolve, reject) => (this.#refuse = reject));
    // Whoever runs the stage waits for it; before that nobody does.
    this.refused.catch(() => undefined);
  }

  /**
   * Takes the locks, or begins to wait for Postgres.
   *
   * @throws TidemarkError ERR_TABLE_TAKEN.
   */
  async open(): Promise<void> {
    const taken = await this.#take().catch((error: unknown) => this.#excuse(error, 1));
    this.#keeping = this.#keep(taken);
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('closed'));
    const ended = this.#client?.end();
    if (ended !== undefined) await endsWithin(CLOSE_WITHIN_MS, ended);
    await endsWithin(CLOSE_WITHIN_MS, this.#keeping);
  }

  async #keep(first: Taken | undefined): Promise<void> {
    const { signal } = this.#abort;
    let taken = first;
    try {
      for (let attempt = 1; !signal.aborted; attempt++) {
        if (taken === undefined) await this.#pause(Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt));
        else {
          await taken.lost;
          attempt = 1;
        }
        if (signal.aborted) return;
        taken = await this.#take().catch((error: unknown) => this.#excuse(error, attempt));
      }
    } catch (error) {
      if (!signal.aborted) this.#refuse(error);
    }
  }

  async #take(): Promise<Taken> {
    const { url, applicationName, tables } = this.#options;
    const { lookEveryMs = LOOK_EVERY_MS, answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    const client = new pg.Client({
      ...postgresLogin(url, '-c idle_session_timeout=0'),
      application_name: applicationName,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      query_timeout: answerWithinMs,
    });
    const lost = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
    });
    try {
      await client.connect().catch((cause: unknown) => {
        throw connectTrouble(cause);
      });
      for (const table of tables) await takeTableLock(client, table, 'shared');
    } catch (cause) {
      await endsWithin(CLOSE_WITHIN_MS, client.end());
      throw postgresTrouble('lock the tables', cause);
    }
    this.#client = client;
    return { lost: this.#watch(client, lost, lookEveryMs) };
  }

  /** A connection that is open on our side alone says nothing by itself. */
  async #watch(client: pg.Client, lost: Promise<void>, everyMs: number): Promise<void> {
    const watching = new AbortController();
    const signal = AbortSignal.any([watching.signal, this.#abort.signal]);
    const looking = (async () => {
      while (!signal.aborted) {
        await delay(everyMs, undefined, { signal, ref: false });
        await client.query('SELECT');
      }
    })().catch(() => undefined);
    await Promise.race([lost, looking]);
    watching.abort();
    await endsWithin(CLOSE_WITHIN_MS, client.end());
  }

  #excuse(error: unknown, attempt: number): undefined {
    if (this.#abort.signal.aborted) return undefined;
    if (error instanceof TidemarkError && error.code === 'ERR_TABLE_TAKEN') throw error;
    this.#options.events.emit('lock:waiting', { reason: messageOf(error), attempt });
    return undefined;
  }

  /** Ends early, with a rejection that means nothing, when closed. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}
