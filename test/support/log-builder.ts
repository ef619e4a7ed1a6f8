import { LSN_ZERO } from '../../src/model/lsn.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { Entry, MarkEntry, PoisonEntry, RowEntry } from '../../src/model/row.ts';

/** Where an archive with nothing in it begins. */
export function startProgress(changes: Partial<Progress> = {}): Progress {
  const zero = 0 as Offset;
  return {
    offset: zero,
    watermark: 0 as Micros,
    position: zero,
    epoch: 0,
    rowsSealed: 0,
    early: [],
    audit: null,
    ...changes,
  };
}

/** Writes one partition's log as capture would: offsets rise by one, marks count the rows before them. */
export class LogBuilder {
  readonly entries: Entry[] = [];
  #nextOffset = 0;
  #sequence = 0;
  #rows = 0;
  #rowsTotal = 0;

  row(uid: string, createdAt: number, changes: Partial<RowEntry> = {}): RowEntry {
    const entry: RowEntry = {
      kind: 'row',
      offset: this.#takeOffset(),
      uid,
      createdAt: createdAt as Micros,
      fileLocation: `/data/${uid}`,
      sizeBytes: 1,
      line: Buffer.from(JSON.stringify({ uid })),
      clock: createdAt as Micros,
      serverClock: changes.clock ?? (createdAt as Micros),
      ...changes,
    };
    this.#count();
    this.entries.push(entry);
    return entry;
  }

  mark(time: number, changes: Partial<MarkEntry['mark']> = {}): MarkEntry {
    const mark = {
      time: time as Micros,
      epoch: 1,
      sequence: ++this.#sequence,
      lsn: LSN_ZERO,
      clock: time as Micros,
      rows: this.#rows,
      rowsTotal: this.#rowsTotal,
      ...changes,
    };
    this.#sequence = Math.max(this.#sequence, mark.sequence);
    this.#rows = 0;
    const entry: MarkEntry = { kind: 'mark', offset: this.#takeOffset(), mark, clock: mark.clock };
    this.entries.push(entry);
    return entry;
  }

  /** The last mark once more, as an at-least-once source may send it. */
  repeatMark(): void {
    const last = this.entries.findLast((entry) => entry.kind === 'mark');
    if (last !== undefined) this.entries.push({ ...last, offset: this.#takeOffset() });
  }

  poison(changes: Partial<PoisonEntry> = {}): PoisonEntry {
    const entry: PoisonEntry = {
      kind: 'poison',
      offset: this.#takeOffset(),
      reason: 'record_invalid',
      detail: 'no JSON',
      isRow: true,
      uid: null,
      clock: 0 as Micros,
      ...changes,
    };
    if (entry.isRow) this.#count();
    this.entries.push(entry);
    return entry;
  }

  /** Offsets that no reader sees: transaction markers, aborted records. */
  gap(offsets: number): void {
    this.#nextOffset += offsets;
  }

  /** Forgets to count the rows so far: what a source without counts does. */
  uncount(rows: number): void {
    this.#rows = Math.max(0, this.#rows - rows);
  }

  #count(): void {
    this.#rows++;
    this.#rowsTotal++;
  }

  #takeOffset(): Offset {
    return this.#nextOffset++ as Offset;
  }
}
