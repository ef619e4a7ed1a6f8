import type pg from 'pg';
import { LogicalReplicationService } from 'pg-logical-replication';
import { formatLsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import { listenFromTheStart } from './listen-from-the-start.ts';
import { pgoutputPlugin } from './pgoutput-plugin.ts';
import type { CopyConnection } from './pgoutput-plugin.ts';
import { postgresFailure } from './postgres-failure.ts';
import { clientConfig } from './postgres-session.ts';
import { settlesWithin } from './settles-within.ts';
import { watchSilence } from './silence.ts';
import { StatusUpdates } from './status-updates.ts';
import { StreamFailure } from './stream-failure.ts';

export interface ReplicationStreamOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  /** See {@link watchSilence}. */
  readonly silenceMaxMs: number;
  /** One pgoutput message; the bytes are valid during the call only. An exception ends the stream. */
  readonly onChange: (message: Buffer) => void;
}

/** A server in the middle of a large transaction, or one that is gone, is not waited for any longer. */
const FAREWELL_MS = 1_000;

/**
 * The slot's changes over a connection of their own, carried by `pg-logical-replication`.
 *
 * It begins paused: the slot is taken, but nothing is handed out before {@link resume}. The service's own
 * acknowledging is off, because it would confirm what was merely received; status updates go out on a timer of
 * ours and on request, so the server hears from us however long the socket is paused.
 */
export class ReplicationStream {
  readonly #options: ReplicationStreamOptions;
  readonly #service: LogicalReplicationService;
  #connection: CopyConnection | undefined;
  #client: pg.Client | undefined;
  #endWatch: () => void = () => undefined;
  /** What came in before the first `resume`: the rest of a chunk that was parsed already. */
  #held: Buffer[] | null = [];
  readonly #status: StatusUpdates;
  #isOver = false;
  /** Settles, never rejects, when START_REPLICATION has ended; undefined until it has begun. */
  #ended: Promise<void> | undefined;
  #reject!: (error: unknown) => void;
  /** Rejects when the stream breaks; never resolves. */
  readonly broken: Promise<never>;

  private constructor(options: ReplicationStreamOptions) {
    this.#options = options;
    this.#service = new LogicalReplicationService(
      clientConfig({
        url: options.url,
        purpose: 'stream',
        replication: true,
        // A dead link frees the slot on the server's side too, whatever its own wal_sender_timeout is.
        heardWithinMs: options.silenceMaxMs * 2,
      }),
      { acknowledge: { auto: false, timeoutSeconds: 0 }, flowControl: { enabled: false } },
    );
    this.#status = new StatusUpdates({
      silenceMaxMs: options.silenceMaxMs,
      send: (lsn, ping) => {
        if (this.#isOver) return;
        this.#service.acknowledge(formatLsn(lsn), ping).catch((error: unknown) => this.#fail(error));
      },
    });
    this.broken = new Promise<never>((_resolve, reject) => (this.#reject = reject));
    this.broken.catch(() => undefined);
  }

  /**
   * Takes the slot.
   *
   * @throws StreamFailure (SQLSTATE 55006 when another process reads the slot).
   * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE (wrong password, unknown database).
   */
  static async open(options: ReplicationStreamOptions): Promise<ReplicationStream> {
    const stream = new ReplicationStream(options);
    try {
      await stream.#start();
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  /** True once nothing is handed out any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  pause(): void {
    this.#connection?.stream.pause();
  }

  resume(): void {
    const held = this.#held;
    this.#held = null;
    for (const message of held ?? []) this.#take(message);
    this.#connection?.stream.resume();
  }

  /** @param confirmedLsn the slot's `confirmed_flush_lsn`, read after it was taken, so that no update steps back. */
  reportFrom(confirmedLsn: Lsn): void {
    this.#status.begin(confirmedLsn);
    this.#endWatch = watchSilence({
      ...this.#options,
      client: this.#client!,
      kind: 'stream',
      onDead: (error) => this.#fail(new StreamFailure(error)),
    });
  }

  /** Lets the server forget everything up to and including the transaction that committed at `commitLsn`. */
  acknowledge(commitLsn: Lsn): void {
    this.#status.acknowledge(commitLsn);
  }

  /** Gives the slot back: the server has let go of it when this resolves, unless it is busy or away. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#status.end();
    this.#endWatch();
    await this.#sayFarewell();
    // The connection is given up; that it does not end well changes nothing.
    await this.#service.stop().catch(() => undefined);
  }

  async #sayFarewell(): Promise<void> {
    if (this.#ended === undefined) return;
    this.#connection?.stream.resume();
    this.#connection?.endCopyFrom();
    await settlesWithin(FAREWELL_MS, this.#ended);
  }

  async #start(): Promise<void> {
    const service = this.#service;
    service.on('heartbeat', (_lsn, _timestamp, shouldRespond) => {
      if (shouldRespond) this.#status.repeat();
    });
    // While there is no connection yet, `subscribe` rejects with the same error.
    service.on('error', (error) => {
      if (this.#connection !== undefined) this.#fail(new StreamFailure(error));
    });
    const subscribed = this.#subscribe().catch((error: unknown) => this.#fail(error));
    const started = new Promise<void>((resolve) => {
      service.on('start', () => {
        this.pause();
        this.#ended = subscribed;
        resolve();
      });
    });
    const begun = Promise.race([started, this.broken]);
    // The slot is given or refused at once: a server that does neither is not there.
    if (!(await settlesWithin(this.#options.silenceMaxMs, begun)))
      this.#fail(new StreamFailure(new Error('START_REPLICATION had no answer')));
    await begun;
  }

  async #subscribe(): Promise<never> {
    const plugin = pgoutputPlugin({
      publication: this.#options.publication,
      onConnected: (connection, client) => {
        this.#connection = connection;
        this.#client = client;
      },
      onMessage: (message) => {
        if (this.#held === null) this.#take(message);
        else this.#held.push(Buffer.from(message));
      },
    });
    const subscribed = this.#service.subscribe(plugin, this.#options.slot);
    listenFromTheStart(this.#service);
    try {
      await subscribed;
    } catch (cause) {
      if (this.#connection === undefined) throw postgresFailure('connect for stream', cause);
      throw new StreamFailure(cause);
    }
    throw new StreamFailure(new Error('the server ended the stream'));
  }

  #take(message: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#options.onChange(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#reject(error);
  }
}
