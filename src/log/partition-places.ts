import type { Admin } from 'kafkajs';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import type { MarkEntry } from '../model/row.ts';
import { windowEnd } from '../model/window.ts';
import { readLastMarks } from './mark-tail.ts';
import { computeRowLag } from './row-lag.ts';
import type { PartitionRowLag } from './row-lag.ts';
import { scanToMarks, sentBefore } from './rows-until-mark.ts';
import type { RowsUntilMark } from './rows-until-mark.ts';
import { readOffsetsSince } from './topic-offsets.ts';
import type { TopicOffsets } from './topic-offsets.ts';
import type { TopicScanner } from './topic-scanner.ts';

export interface PartitionPlacesOptions {
  readonly admin: Admin;
  readonly scanner: TopicScanner;
  readonly topic: string;
  readonly offsets: TopicOffsets;
  readonly progress: readonly (Progress | null)[];
  /** Rows of this server clock or later wait in Kafka still. */
  readonly heldSince: Micros;
  /** Rows of an earlier server clock are due. */
  readonly dueBefore: Micros;
}

type Found = ReadonlyMap<number, RowsUntilMark>;

interface Places {
  readonly last: ReadonlyMap<number, MarkEntry>;
  readonly committed: Found;
  readonly position: Found;
  readonly held: Found;
  readonly due: Found;
  /** Behind the last mark. */
  readonly tail: Found;
}

/** What stands at the places of a log that say where its rows are. A few reads, however many rows wait. */
export class PartitionPlaces {
  readonly #options: PartitionPlacesOptions;
  readonly #found: Places;

  private constructor(options: PartitionPlacesOptions, found: Places) {
    this.#options = options;
    this.#found = found;
  }

  static async read(options: PartitionPlacesOptions): Promise<PartitionPlaces> {
    const { scanner, offsets, progress } = options;
    const search = { scanner, until: offsets.end };
    const startOf = (partition: number): Offset =>
      progress[partition]?.offset ?? offsets.start.get(partition) ?? offset(0);
    const at = (place: (partition: number) => Offset): ReadonlyMap<number, Offset> =>
      new Map([...offsets.end.keys()].map((partition) => [partition, place(partition)]));
    const committed = await scanToMarks({ ...search, from: at(startOf) });
    const position = await scanToMarks({
      ...search,
      from: at((partition) => progress[partition]?.position ?? startOf(partition)),
    });
    /**
     * Kafka's timestamps only say where to begin: rows of a snapshot are old and were sent just now, and their marks'
     * clocks say so. What is sealed need not be read: the count is cut to what is not.
     */
    const since = async (time: Micros): Promise<Found> => {
      const written = await readOffsetsSince({ ...options, time });
      const from = at((partition) => offset(Math.max(written.get(partition) ?? 0, startOf(partition))));
      return scanToMarks({ ...search, from, isWanted: ({ mark }) => mark.clock >= time });
    };
    const held = await since(options.heldSince);
    const due = await since(options.dueBefore);
    const last = await readLastMarks({ scanner, offsets });
    const behindLast = (partition: number): Offset => {
      const mark = last.get(partition);
      return mark === undefined ? startOf(partition) : offset(mark.offset + 1);
    };
    const tail = await scanToMarks({ ...search, from: at(behindLast) });
    return new PartitionPlaces(options, { last, committed, position, held, due, tail });
  }

  lagOf(partition: number): PartitionRowLag {
    const { offsets, progress, dueBefore } = this.#options;
    const stand = progress[partition] ?? null;
    const last = this.#found.last.get(partition)?.mark;
    const sent = (last?.rowsTotal ?? 0) + this.#found.tail.get(partition)!.rows;
    const first = this.#found.committed.get(partition)!;
    return computeRowLag({
      sent,
      sentBeforeHeld: this.#sentBeforeMark('held', partition, sent),
      sentBeforeDue: this.#sentBeforeMark('due', partition, sent),
      isCaughtUp: stand !== null && stand.watermark >= dueBefore,
      sentBeforeCommitted: sentBefore(first, sent),
      sentBeforePosition: sentBefore(this.#found.position.get(partition)!, sent),
      sealed: stand?.rowsSealed ?? 0,
      // Marks are numbered without a gap, but where capture has begun anew; those are in the rest then.
      marks: first.mark === null ? 0 : Math.max(1, (last?.sequence ?? 0) - first.mark.mark.sequence + 1),
      offsets: {
        from: stand?.offset ?? offsets.start.get(partition) ?? offset(0),
        end: offsets.end.get(partition)!,
      },
    });
  }

  /** The oldest row that is not sealed came before the first mark behind the offset: its window ends no later. */
  dueOfOldest(
    partition: number,
    { lagMicros, sizeMicros }: { lagMicros: number; sizeMicros: number },
  ): Micros | null {
    const first = this.#found.committed.get(partition)!.mark;
    return first === null ? null : ((windowEnd(first.mark.clock, sizeMicros) + lagMicros) as Micros);
  }

  /** Of the rows between two marks none is said to be older than the second of them. */
  #sentBeforeMark(time: 'held' | 'due', partition: number, sent: number): number {
    const { mark } = this.#found[time].get(partition)!;
    // Behind the last mark everything counts as young.
    if (mark === null) return sent - this.#found.tail.get(partition)!.rows;
    return mark.mark.rowsTotal - mark.mark.rows;
  }
}
