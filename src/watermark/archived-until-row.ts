import pg from 'pg';
import type { ClientBase, Pool } from 'pg';
import type { Events } from '../base/event-map.ts';
import { postgresLogin } from '../base/postgres-login.ts';
import type { Micros } from '../model/micros.ts';
import { advanceArchivedUntil, requireArchiveConfig } from './archive-config.ts';
import type { ArchiveConfigKey } from './archive-config.ts';
import { connectTrouble } from './postgres-connection.ts';

/** One row by its key; the caller tries again. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * The rows of `des_archive_config` that one process moves. One connection, made when it is needed and let go after
 * a minute without use.
 */
export class ArchivedUntilRows {
  readonly #pool: Pool;
  readonly #login: () => ReturnType<typeof postgresLogin>;
  readonly #events: Events;

  constructor(options: { url: string; applicationName: string; events: Events; answerWithinMs?: number }) {
    const { answerWithinMs = ANSWER_WITHIN_MS } = options;
    this.#events = options.events;
    // The server gives up earlier than we do: whoever holds the row locked would otherwise gather one waiting backend
    // of ours after the other.
    const settings = `-c TimeZone=UTC -c DateStyle=ISO -c lock_timeout=${Math.ceil(answerWithinMs / 3)}`;
    this.#login = () => postgresLogin(options.url, settings);
    this.#pool = new pg.Pool({
      application_name: options.applicationName,
      max: 1,
      idleTimeoutMillis: 60_000,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // Against a connection that is open on our side alone.
      query_timeout: answerWithinMs,
    });
    // An idle connection that breaks is replaced with the next query; the query itself reports what is wrong.
    this.#pool.on('error', () => undefined);
    // While a connection is lent the pool does not listen to it, and an error that nobody hears ends the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** @throws TidemarkError ERR_PREREQUISITE when the table has no row or the login is refused, ERR_POSTGRES_UNREACHABLE,
   * ERR_TLS_REFUSED, ERR_SECRET_FILE. */
  read(key: ArchiveConfigKey): Promise<Micros> {
    return this.#use(async (client) => (await requireArchiveConfig(client, key)).archivedUntil);
  }

  /** The one UPDATE of a window; monotone. */
  advance(key: ArchiveConfigKey, to: Micros): Promise<void> {
    return this.#use(async (client) => {
      const { id } = await requireArchiveConfig(client, key);
      const moved = await advanceArchivedUntil({ client, id, to });
      if (moved) this.#events.emit('database:operated', { operation: 'update', count: 1 });
    });
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #use<T>(act: (client: ClientBase) => Promise<T>): Promise<T> {
    // Should the pool make a connection, it is with the password and the certificates of now.
    Object.assign(this.#pool.options, this.#login());
    const client = await this.#pool.connect().catch((cause: unknown) => {
      throw connectTrouble(cause);
    });
    try {
      const result = await act(client);
      client.release();
      return result;
    } catch (error) {
      // A connection on which something failed is not used again: the fault may be its own.
      client.release(true);
      throw error;
    }
  }
}
