import { lsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';

/** Half of the least sensible `wal_sender_timeout`; the server's default is 60 s. */
const INTERVAL_MS = 2_000;

export interface StatusUpdatesOptions {
  readonly silenceMaxMs: number;
  /** @param ping asks the server for an answer. Written, flushed and applied are one to us. */
  readonly send: (acknowledged: Lsn, ping: boolean) => void;
}

/** What the server hears from us: how far it may forget, at once when that moves, and at least every two seconds. */
export class StatusUpdates {
  readonly #options: StatusUpdatesOptions;
  /** Inclusive; undefined until {@link begin}. */
  #acknowledged: Lsn | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StatusUpdatesOptions) {
    this.#options = options;
  }

  begin(confirmedLsn: Lsn): void {
    // What goes over the wire is one more than what we say, because "flushed up to" is exclusive.
    this.#acknowledged = lsn(confirmedLsn > 0n ? confirmedLsn - 1n : 0n);
    this.repeat();
    const intervalMs = Math.min(INTERVAL_MS, this.#options.silenceMaxMs / 2);
    this.#timer = setInterval(() => this.#send({ ping: true }), intervalMs);
  }

  /** Never an end LSN: the next commit record may begin exactly at the end of this one. */
  acknowledge(commitLsn: Lsn): void {
    if (this.#acknowledged === undefined || commitLsn <= this.#acknowledged) return;
    this.#acknowledged = commitLsn;
    this.repeat();
  }

  repeat(): void {
    this.#send({ ping: false });
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #send({ ping }: { readonly ping: boolean }): void {
    if (this.#acknowledged !== undefined) this.#options.send(this.#acknowledged, ping);
  }
}
