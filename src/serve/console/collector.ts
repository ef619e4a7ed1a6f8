import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Explanation } from '../../cli/explain/explanation.ts';
import type { StatusReport } from '../../cli/status/status-report.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { ArchiveFeed } from './archive-feed.ts';
import { computeConsoleState, NEVER_READ } from './compute-state.ts';
import type { ConsoleIdentity } from './compute-state.ts';
import type { ConsoleState, ReadingState } from './console-state.ts';
import type { GatherTally } from './gather-tally.ts';

import { THROUGHPUT_MICROS } from './throughput.ts';

/** What the collector asks; each may fail, and that is shown. */
export interface ConsoleSources {
  readonly readStatus: () => Promise<StatusReport>;
  readonly readExplanation: () => Promise<Explanation>;
  /** Resolves at the signal; null where there are no events. */
  readonly followEvents:
    | ((options: {
        readonly since: Micros;
        readonly onEvent: (json: string) => void;
        readonly signal: AbortSignal;
      }) => Promise<void>)
    | null;
}

export interface CollectorOptions extends ConsoleSources {
  readonly identity: ConsoleIdentity;
  readonly clock: Clock;
  readonly gathered: GatherTally | null;
  readonly pausedSince: ReadonlyMap<string, Micros>;
  /** Takes what secrets an error may quote out of a text. */
  readonly clean: (text: string) => string;
  readonly onState: (state: ConsoleState) => void;
  /** What was not foreseen: it ends nothing here, and somebody must be told. */
  readonly onFailure: (error: unknown) => void;
  /** Only tests cannot wait. */
  readonly pacesMs?: Partial<typeof PACES_MS>;
}

/** From the end of one reading to the begin of the next: as `status --watch`, and the dearer one more seldom. */
const PACES_MS = { state: 1_000, status: 2_000, explanation: 5_000, events: 3_000 };

/**
 * Reads for all viewers at once, and only while somebody looks.
 *
 * `begin` → each source in a loop of its own, so that a server that hangs makes its own part old and no other → `end`.
 * A reading that hangs is not given up: its age is what the page shows.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #paces: typeof PACES_MS;
  #status: StatusReport | null = null;
  #explanation: Explanation | null = null;
  #feed: ArchiveFeed;
  readonly #readings: { -readonly [K in keyof ConsoleState['readings']]: ReadingState };
  #abort: AbortController | undefined;
  /** A loop that still waits for its reading when its viewers left and others came. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#paces = { ...PACES_MS, ...options.pacesMs };
    this.#feed = this.#newFeed();
    this.#readings = { status: NEVER_READ, explanation: NEVER_READ, events: NEVER_READ };
  }

  get isCollecting(): boolean {
    return this.#abort !== undefined;
  }

  /** As things are known now. */
  state(): ConsoleState {
    const { identity, clock, gathered, pausedSince, clean } = this.#options;
    const state = computeConsoleState(identity, {
      ...{ now: clock.now(), status: this.#status, explanation: this.#explanation },
      ...{ readings: { ...this.#readings }, feed: this.#feed, gathered, pausedSince },
    });
    return JSON.parse(clean(JSON.stringify(state))) as ConsoleState;
  }

  begin(): void {
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#feed = this.#newFeed();
    const { readStatus, readExplanation, onState } = this.#options;
    this.#loop('status', abort.signal, async () => (this.#status = await readStatus()));
    this.#loop('explanation', abort.signal, async () => (this.#explanation = await readExplanation()));
    this.#followEvents(abort.signal);
    this.#loop('state', abort.signal, () => Promise.resolve(onState(this.state())));
  }

  end(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  #loop(name: keyof typeof PACES_MS, signal: AbortSignal, act: () => Promise<unknown>): void {
    const run = async (): Promise<void> => {
      await this.#busy.get(name);
      while (!signal.aborted) {
        try {
          await act();
          if (name !== 'state') this.#note(name, null);
        } catch (error) {
          if (name === 'state') this.#options.onFailure(error);
          else this.#note(name, messageOf(error));
        }
        await sleep(this.#paces[name], undefined, { signal, ref: false }).catch(() => undefined);
      }
    };
    const running = run();
    this.#busy.set(name, running);
  }

  #followEvents(signal: AbortSignal): void {
    const { followEvents, clock } = this.#options;
    if (followEvents === null) return;
    this.#loop('events', signal, async () => {
      // Told anew from the begin: what was counted before the failure would be counted twice.
      const feed = this.#newFeed();
      const take = (json: string): void => {
        this.#feed = feed;
        feed.take(json);
        this.#note('events', null);
      };
      const since = (clock.now() - THROUGHPUT_MICROS) as Micros;
      await followEvents({ since, onEvent: take, signal });
    });
  }

  #note(name: keyof ConsoleState['readings'], problem: string | null): void {
    const at = problem === null ? formatMicros(this.#options.clock.now()) : this.#readings[name].at;
    this.#readings[name] = { at, problem };
  }

  #newFeed(): ArchiveFeed {
    return new ArchiveFeed(this.#options.identity.tables.map(({ id }) => id));
  }
}
