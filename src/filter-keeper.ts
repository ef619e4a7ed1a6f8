import { messageOf, remedyOf } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import { endsWithin } from './base/patience.ts';
import type { Stage } from './base/stage.ts';
import { DueDays } from './due-days.ts';
import type { Micros } from './model/micros.ts';
import { dayPrefix } from './model/shard.ts';
import type { WriteFiltersOptions, WrittenFilter } from './sinks/filter/write-filters.ts';

export interface FilterKeeperOptions {
  readonly tables: readonly { readonly id: string; readonly window: { readonly sizeMicros: number } }[];
  readonly events: Events;
  /** This process archives all partitions of its tables, as a cycle does. */
  readonly isAlone: boolean;
  readonly write: (day: Omit<WriteFiltersOptions, 'sink'>) => AsyncIterable<WrittenFilter>;
}

/** A sink that does not answer is given up. */
const CLOSE_WITHIN_MS = 1_000;

interface PartitionDays {
  readonly table: string;
  /** Null for all of them. */
  readonly partition: number | null;
  readonly days: DueDays;
}

/**
 * Writes the uid filters of days that are over, beside the archiver and never before it: it listens to what was
 * committed, does one day at a time, and what fails waits for the next day or the next start.
 */
export class FilterKeeper {
  readonly #options: FilterKeeperOptions;
  readonly #partitions = new Map<string, PartitionDays>();
  readonly #ends: (() => void)[];
  readonly #stopped = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** Days came due while others were written. */
  #again = false;

  constructor(options: FilterKeeperOptions) {
    this.#options = options;
    const { events } = options;
    this.#ends = [
      events.on('window:sealed', ({ table, partition, window }) =>
        this.#daysOf(table, partition)?.noteSealed(window.end),
      ),
      events.on('partition:restored', ({ table, partition, watermark }) => {
        this.#daysOf(table, partition)?.begin(watermark);
        this.#reach(table, partition, watermark);
      }),
      events.on('partition:committed', ({ table, partition, watermark }) =>
        this.#reach(table, partition, watermark),
      ),
      events.on('cycle:started', ({ table, archivedUntil, window }) => {
        const until = archivedUntil ?? window?.end;
        if (until !== undefined) this.#daysOf(table, 0)?.begin(until);
      }),
      events.on('cycle:finished', ({ table, report: { window, archivedUntil } }) => {
        const until = window?.end ?? archivedUntil;
        if (until !== null) this.#reach(table, 0, until);
      }),
    ];
  }

  /** Waits until every day that is over was tried. */
  async finish(): Promise<void> {
    await this.#working;
  }

  /** Writes no further; a day that is half done is done again by whoever is next. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#stopped.abort(new Error('told to end'));
    await endsWithin(CLOSE_WITHIN_MS, this.#working);
  }

  /** @returns undefined for a table that is none of ours. */
  #daysOf(table: string, partition: number): DueDays | undefined {
    const { isAlone, tables } = this.#options;
    const key = isAlone ? table : `${partition} ${table}`;
    const known = this.#partitions.get(key);
    if (known !== undefined) return known.days;
    const sizeMicros = tables.find(({ id }) => id === table)?.window.sizeMicros;
    if (sizeMicros === undefined) return undefined;
    const days = new DueDays({ sizeMicros });
    this.#partitions.set(key, { table, partition: isAlone ? null : partition, days });
    return days;
  }

  #reach(table: string, partition: number, watermark: Micros): void {
    const days = this.#daysOf(table, partition);
    if (days === undefined || this.#stopped.signal.aborted || !days.reach(watermark)) return;
    const dropped = days.takeDropped();
    if (dropped > 0) this.#options.events.emit('filter:skipped', { table, days: dropped });
    this.#again = true;
    if (!this.#isWorking) this.#working = this.#work();
  }

  /** Whether it goes on is decided in one step with its end, so that no day that comes due in between is missed. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#again && !this.#stopped.signal.aborted) {
      this.#again = false;
      for (const place of this.#partitions.values())
        for (const day of place.days.list()) {
          if (this.#stopped.signal.aborted) break;
          if (await this.#write(place, day)) place.days.done(day);
        }
    }
    this.#isWorking = false;
  }

  /** @returns false when it has to be tried again. */
  async #write({ table, partition }: PartitionDays, day: Micros): Promise<boolean> {
    const { events, write } = this.#options;
    const { signal } = this.#stopped;
    const prefix = dayPrefix(table, day);
    const onDamage = (error: unknown): void => this.#fail(table, prefix, error);
    try {
      const wanted = { day: prefix, signal, onDamage, ...(partition === null ? {} : { partition }) };
      for await (const filter of write(wanted)) events.emit('filter:stored', filter);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#fail(table, prefix, error);
      return false;
    }
  }

  #fail(table: string, prefix: string, error: unknown): void {
    const day = prefix.slice(table.length + 1, -1);
    const [reason, remedy] = [messageOf(error), remedyOf(error)];
    this.#options.events.emit('filter:failed', { table, day, reason, remedy });
  }
}

/** A stage whose filters are written beside it: at its own end those that are due are waited for, told to end none is. */
export function withFilters(stage: Stage, filters: FilterKeeper): Stage {
  return {
    run: async () => {
      try {
        await stage.run();
        await filters.finish();
      } finally {
        await filters.close();
      }
    },
    drain: async () => {
      await Promise.all([stage.drain(), filters.close()]);
    },
    stop: async () => {
      await Promise.all([stage.stop(), filters.close()]);
    },
  };
}
