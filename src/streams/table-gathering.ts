import { isReject } from '../model/batch.ts';
import type { BatchPart, BatchRow } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import type { Reject } from '../model/row.ts';
import type { SealRows } from '../model/seal.ts';
import type { SealKind } from '../model/shard.ts';
import { windowEnd } from '../model/window.ts';
import { noRows } from './window-buffer.ts';
import { WindowSet } from './window-set.ts';

export interface TableGatheringOptions {
  readonly sizeMicros: number;
  readonly partitionCount: number;
  /** Rows of one window in one partition; beyond it the rows so far are an early part, as in the stream. */
  readonly rowsMax: number;
  /** Bytes of the open windows of one partition; beyond it the fullest becomes an early part. */
  readonly bytesMax: number;
  /** How far a created_at may lie behind one that came before it: 0 where the table's order is that of UTC. */
  readonly disorderMicros: number;
}

const NOTHING: readonly BatchPart[] = [];

/**
 * Gathers rows that come in the order of created_at into the seals that the stream would make of them: one a window and
 * partition. A window closes with the first row that lies so far beyond its end that none of it can follow.
 *
 * A row of a window that has closed all the same goes into a supplement with the next windows that close.
 */
export class TableGathering {
  readonly #options: TableGatheringOptions;
  readonly #open: readonly Partition[];
  readonly #late: readonly Partition[];
  /** Windows up to here are closed; null before the first row. */
  #closedUntil: Micros | null = null;
  /** A row beyond it closes windows. */
  #closesBeyond = Number.NEGATIVE_INFINITY;

  constructor(options: TableGatheringOptions) {
    this.#options = options;
    const each = () => Array.from({ length: options.partitionCount }, () => new Partition());
    this.#open = each();
    this.#late = each();
  }

  /** Windows up to here are closed, and all of their rows were given out; null before the first row. */
  get closedUntil(): Micros | null {
    return this.#closedUntil;
  }

  /** Rows that are held. */
  get rows(): number {
    return [...this.#open, ...this.#late].reduce((sum, { rows }) => sum + rows.rows, 0);
  }

  /** @returns what must be sealed before the next row is taken. */
  take(row: BatchRow): readonly BatchPart[] {
    const closed = row.createdAt > this.#closesBeyond ? this.#closeBefore(row.createdAt) : NOTHING;
    const end = windowEnd(row.createdAt, this.#options.sizeMicros);
    const isLate = this.#closedUntil !== null && end <= this.#closedUntil;
    const partition = (isLate ? this.#late : this.#open)[row.partition]!;
    partition.add(end, row);
    const full = partition.isFull(end, this.#options) ? [this.#part(row.partition, { end, isLate })] : [];
    if (full.length === 0) return closed;
    return [...closed, ...full];
  }

  /** The rest. Take nothing afterwards. */
  close(): readonly BatchPart[] {
    return this.#closeThrough(Number.MAX_SAFE_INTEGER as Micros);
  }

  #closeBefore(createdAt: Micros): readonly BatchPart[] {
    const { sizeMicros, disorderMicros } = this.#options;
    const limit = (windowEnd((createdAt - disorderMicros) as Micros, sizeMicros) - sizeMicros) as Micros;
    this.#closesBeyond = limit + sizeMicros + disorderMicros;
    const parts = this.#closeThrough(limit);
    this.#closedUntil = limit;
    return parts;
  }

  /** In the order of windows, then of partitions. */
  #closeThrough(limit: Micros): readonly BatchPart[] {
    const parts: BatchPart[] = [];
    for (const isLate of [true, false]) {
      const partitions = isLate ? this.#late : this.#open;
      const ends = new Set(partitions.flatMap((partition) => partition.ends(isLate ? null : limit)));
      for (const end of [...ends].sort((a, b) => a - b))
        for (const [number, partition] of partitions.entries())
          if (partition.has(end)) parts.push(this.#part(number, { end, isLate, isLast: true }));
    }
    return parts;
  }

  #part(partition: number, from: { end: Micros; isLate: boolean; isLast?: true }): BatchPart {
    const { end, isLate, isLast = false } = from;
    const { sizeMicros } = this.#options;
    const kind: SealKind = isLate ? 'late' : isLast ? 'window' : 'early';
    const taken = (isLate ? this.#late : this.#open)[partition]!.take(end, kind);
    return { kind, window: { start: (end - sizeMicros) as Micros, end }, partition, ...taken };
  }
}

/** What is open of one partition. */
class Partition {
  readonly rows = new WindowSet();
  readonly #rejects = new Map<Micros, Reject[]>();
  /** Windows with early parts: they close although nothing may be left of them. */
  readonly #early = new Set<Micros>();

  add(end: Micros, { entry }: BatchRow): void {
    if (!isReject(entry)) return this.rows.add({ end, row: entry, audit: null });
    const known = this.#rejects.get(end);
    if (known === undefined) this.#rejects.set(end, [entry]);
    else known.push(entry);
  }

  isFull(end: Micros, limits: Pick<TableGatheringOptions, 'rowsMax' | 'bytesMax'>): boolean {
    const held = this.rows.get(end);
    return held !== undefined && (held.count >= limits.rowsMax || this.rows.bytes >= limits.bytesMax);
  }

  has(end: Micros): boolean {
    return this.rows.has(end) || this.#rejects.has(end) || this.#early.has(end);
  }

  /** @param limit null for all. */
  ends(limit: Micros | null): Micros[] {
    const all = new Set([...this.rows.ends(), ...this.#rejects.keys(), ...this.#early]);
    return [...all].filter((end) => limit === null || end <= limit);
  }

  take(end: Micros, kind: SealKind): Pick<BatchPart, 'rows' | 'duplicates' | 'rejects'> {
    if (kind === 'early') this.#early.add(end);
    else this.#early.delete(end);
    const { rows, duplicates } = this.rows.take(end)?.close() ?? { rows: noRows(), duplicates: 0 };
    const rejects = this.#rejects.get(end) ?? [];
    this.#rejects.delete(end);
    return { rows: withoutOffsets(rows), duplicates, rejects };
  }
}

/** Rows of the table stand at no place of a log. */
function withoutOffsets(rows: SealRows): SealRows {
  return {
    count: rows.count,
    createdAt: (index) => rows.createdAt(index),
    uid: (index) => rows.uid(index),
    fileLocation: (index) => rows.fileLocation(index),
    sizeBytes: (index) => rows.sizeBytes(index),
    line: (index) => rows.line(index),
    bytes: (index) => rows.bytes(index),
    offset: () => null,
  };
}
