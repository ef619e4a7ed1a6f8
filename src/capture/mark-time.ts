import type { Micros } from '../model/micros.ts';

/** A transaction that is open, as pg_stat_activity or pg_prepared_xacts shows it. */
export interface OpenTransaction {
  /** Process id; 0 for a prepared transaction, which has none. */
  readonly pid: number;
  /** Start of the transaction; no row that it stamps with `now()` is older. */
  readonly startedAt: Micros;
}

/** A prepared transaction. When it began is not to be had, only when it was prepared, which is later. */
export interface PreparedTransaction {
  readonly xid: string;
  readonly preparedAt: Micros;
}

/** One look at the server. The clock is read first, then the sessions, then the prepared transactions. */
export interface ServerTransactions {
  readonly clock: Micros;
  readonly open: readonly OpenTransaction[];
  readonly prepared: readonly PreparedTransaction[];
}

export interface MarkTimeOptions {
  readonly marginMs: number;
  readonly holdbackMaxMs: number;
}

export interface MarkTime {
  readonly time: Micros;
  readonly clock: Micros;
  /** Open for longer than `holdbackMaxMs`: they no longer hold T back. */
  readonly overdue: readonly { readonly pid: number; readonly ageMs: number }[];
}

/**
 * Computes T: every row whose created_at ≤ T, and whose transaction stamped it with `now()`, is committed by now.
 *
 * `T = least(clock, start of every open transaction) − margin`. The margin covers the moment between a
 * transaction taking its start time and showing it. A prepared transaction was open when the mark before its
 * first sight was made, and held T below its start then; so T stays there until it is gone.
 */
export class MarkTimes {
  readonly #options: MarkTimeOptions;
  #last: Micros | null;
  /** T at the first sight of each prepared transaction; null when there was no mark yet. */
  #preparedHolds = new Map<string, Micros | null>();

  /** @param last T of the last mark of any owner. */
  constructor(options: MarkTimeOptions, last: Micros | null) {
    this.#options = options;
    this.#last = last;
  }

  next({ clock, open, prepared }: ServerTransactions): MarkTime {
    const { marginMs, holdbackMaxMs } = this.#options;
    const ageMs = (since: Micros): number => Math.floor((clock - since) / 1_000);
    const holds = new Map(
      prepared.map(({ xid }) => [
        xid,
        this.#preparedHolds.has(xid) ? this.#preparedHolds.get(xid)! : this.#last,
      ]),
    );
    this.#preparedHolds = holds;
    const overdue: { pid: number; ageMs: number }[] = [];
    let time = (clock - marginMs * 1_000) as Micros;
    const holdAt = (at: Micros): void => {
      if (at < time) time = at;
    };
    for (const { pid, startedAt } of open) {
      if (ageMs(startedAt) > holdbackMaxMs) overdue.push({ pid, ageMs: ageMs(startedAt) });
      else holdAt((startedAt - marginMs * 1_000) as Micros);
    }
    for (const { xid, preparedAt } of prepared) {
      const hold = holds.get(xid) ?? null;
      if (ageMs(preparedAt) > holdbackMaxMs) overdue.push({ pid: 0, ageMs: ageMs(preparedAt) });
      // Nothing was ever promised: hold as far back as a transaction may.
      else holdAt(hold ?? ((preparedAt - holdbackMaxMs * 1_000) as Micros));
    }
    if (this.#last !== null && time < this.#last) time = this.#last;
    this.#last = time;
    return { time, clock, overdue };
  }
}
