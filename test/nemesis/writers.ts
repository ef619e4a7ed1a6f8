import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { Random } from '../support/random.ts';
import { planTransaction } from './plan-transaction.ts';
import type { TransactionPlan } from './plan-transaction.ts';
import { placeFile } from './source-files.ts';
import { insertRow, withClient } from './source-table.ts';

export interface Writers {
  /** Rows whose commit was confirmed; the server may hold more. */
  readonly rows: () => number;
  /** Every writer finishes its transaction. @throws what was no outage. */
  stop(): Promise<void>;
}

export interface WriterOptions {
  readonly postgresUrl: string;
  readonly sourceFolder: string;
  readonly writers: number;
  readonly seed: number;
}

const RECONNECT_MS = 200;

/** Clients that write files and insert rows until they are stopped; a server that is away is waited for. */
export function startWriters(options: WriterOptions): Writers {
  const end = new AbortController();
  const writers = Array.from(
    { length: options.writers },
    (_, index) => new Writer(options, index, new Random(options.seed * 31 + index), end.signal),
  );
  const running = Promise.all(writers.map((writer) => writer.run()));
  running.catch(() => end.abort());
  return {
    rows: () => writers.reduce((sum, writer) => sum + writer.rows, 0),
    stop: async () => {
      end.abort();
      await running;
    },
  };
}

/** One client. Its transactions follow from its random numbers; only whether they got through depends on the faults. */
class Writer {
  rows = 0;
  #made = 0;
  readonly #options: WriterOptions;
  readonly #name: string;
  readonly #random: Random;
  readonly #signal: AbortSignal;

  constructor(options: WriterOptions, index: number, random: Random, signal: AbortSignal) {
    this.#options = options;
    this.#name = `w${index}`;
    this.#random = random;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await withClient(this.#options.postgresUrl, async (client) => {
          while (!this.#signal.aborted) await this.#write(client, planTransaction(this.#random));
        });
      } catch (error) {
        if (!isOutage(error)) throw error;
        await this.#pause(RECONNECT_MS);
      }
    }
  }

  async #write(client: pg.Client, plan: TransactionPlan): Promise<void> {
    await client.query('BEGIN');
    let undone = 0;
    for (const [index, fate] of plan.fates.entries()) {
      if (index === plan.savepointAt) await client.query('SAVEPOINT undone');
      const uid = `${fate}-${this.#name}-${this.#made++}`;
      const file = await placeFile({ folder: this.#options.sourceFolder, uid, fate });
      const late = fate === 'late' ? { createdAt: `now() - interval '${plan.lateSeconds} s'` } : {};
      await insertRow(client, { uid, ...file, ...late });
      if (plan.savepointAt !== null && index >= plan.savepointAt) undone++;
    }
    if (undone > 0) await client.query('ROLLBACK TO SAVEPOINT undone');
    if (plan.openMs > 0) await this.#pause(plan.openMs);
    await client.query(plan.end);
    if (plan.end === 'commit') this.rows += plan.fates.length - undone;
    await this.#pause(plan.pauseMs);
  }

  async #pause(ms: number): Promise<void> {
    // Ends early, with a rejection that means nothing, when the writers are stopped.
    await delay(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

/** Classes 08 and 57 of SQLSTATE (connection lost, server stopping), and connections that break without a word. */
export function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    return /^(08|57)/.test(code) || /^E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH)$/.test(code);
  }
  return /connection|terminated|timeout/i.test(String(message));
}
