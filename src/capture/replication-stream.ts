import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { formatLsn, LSN_ZERO, lsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import { connectPostgres, quoteIdentifier, quoteLiteral } from './postgres-session.ts';

/** The part of `pg`'s connection that the replication protocol needs; its types leave it out. */
interface ReplicationConnection extends EventEmitter {
  readonly stream: Socket;
  sendCopyFromChunk(chunk: Buffer): void;
}

export interface ReplicationStreamOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  /** One pgoutput message; the bytes are valid during the call only. An exception ends the stream. */
  readonly onChange: (message: Buffer) => void;
}

/** The server refused or ended the stream, or the connection broke; `cause` is the error of `pg`. */
export class StreamFailure extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Half of the least sensible `wal_sender_timeout`; the server's default is 60 s. */
const STATUS_INTERVAL_MS = 2_000;

const [XLOG_DATA, KEEPALIVE] = [0x77, 0x6b];

/**
 * START_REPLICATION over a connection of its own, in the words of "Streaming Replication Protocol" of the manual.
 *
 * It begins paused: the slot is taken, but nothing is handed out before {@link resume}. Status updates go out on
 * a timer and on request, so the server hears from us however long the socket is paused.
 */
export class ReplicationStream {
  readonly #client: pg.Client;
  readonly #connection: ReplicationConnection;
  readonly #options: ReplicationStreamOptions;
  /** What came in before the first `resume`: the rest of a chunk that was parsed already. */
  #held: Buffer[] | null = [];
  #acknowledged: Lsn = LSN_ZERO;
  #timer: NodeJS.Timeout | undefined;
  #fail!: (error: unknown) => void;
  /** Rejects when the stream breaks; never resolves. */
  readonly broken: Promise<never>;

  private constructor(client: pg.Client, options: ReplicationStreamOptions) {
    this.#client = client;
    this.#connection = (client as unknown as { connection: ReplicationConnection }).connection;
    this.#options = options;
    this.broken = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    this.broken.catch(() => undefined);
  }

  /**
   * Takes the slot.
   *
   * @throws StreamFailure (SQLSTATE 55006 when another process reads the slot).
   */
  static async open(options: ReplicationStreamOptions): Promise<ReplicationStream> {
    const client = await connectPostgres({ url: options.url, purpose: 'stream', replication: true });
    const stream = new ReplicationStream(client, options);
    try {
      await stream.#start();
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  pause(): void {
    this.#connection.stream.pause();
  }

  resume(): void {
    const held = this.#held;
    this.#held = null;
    for (const chunk of held ?? []) this.#take(chunk);
    this.#connection.stream.resume();
  }

  /**
   * Lets the server forget everything up to and including the transaction that committed at `commitLsn`.
   *
   * Never an end LSN: "flushed up to" is exclusive, so this says commitLsn + 1, and the next commit record may
   * begin exactly at the end of this one.
   */
  acknowledge(commitLsn: Lsn): void {
    if (commitLsn < this.#acknowledged) return;
    this.#acknowledged = lsn(commitLsn + 1n);
    this.#sendStatus();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#connection.removeAllListeners('copyData');
    this.#connection.stream.resume();
    await this.#client.end().catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { slot, publication } = this.#options;
    const started = once(this.#connection, 'replicationStart');
    this.#connection.once('replicationStart', () => this.pause());
    this.#connection.on('copyData', ({ chunk }: { chunk: Buffer }) => this.#take(chunk));
    const options = [
      `proto_version '1'`,
      `publication_names ${quoteLiteral(quoteIdentifier(publication))}`,
      `messages 'true'`,
    ];
    const ended = this.#client.query(
      `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${formatLsn(LSN_ZERO)} (${options.join(', ')})`,
    );
    ended.then(
      () => this.#fail(new StreamFailure(new Error('the server ended the stream'))),
      (error: unknown) => this.#fail(new StreamFailure(error)),
    );
    await Promise.race([started, this.broken]);
    this.#timer = setInterval(() => this.#sendStatus(), STATUS_INTERVAL_MS);
  }

  #take(chunk: Buffer): void {
    if (this.#held !== null) {
      this.#held.push(Buffer.from(chunk));
      return;
    }
    try {
      if (chunk[0] === XLOG_DATA) this.#options.onChange(chunk.subarray(25));
      else if (chunk[0] === KEEPALIVE && chunk[17] === 1) this.#sendStatus();
    } catch (error) {
      this.#fail(error);
      this.#connection.removeAllListeners('copyData');
    }
  }

  /** Written, flushed and applied are one to us: nothing counts before Kafka has it. Zero means "nothing yet". */
  #sendStatus(): void {
    if (!this.#connection.stream.writable) return;
    const status = Buffer.alloc(34);
    status[0] = 0x72;
    for (const at of [1, 9, 17]) status.writeBigUInt64BE(this.#acknowledged, at);
    status.writeBigInt64BE(BigInt(Date.now() - POSTGRES_EPOCH_MS) * 1_000n, 25);
    this.#connection.sendCopyFromChunk(status);
  }
}

const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
