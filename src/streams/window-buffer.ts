import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import type { RowEntry } from '../model/row.ts';
import type { SealRows } from '../model/seal.ts';
import { ByteArena } from './byte-arena.ts';
import { BufferedRows } from './buffered-rows.ts';
import { RowColumns } from './row-columns.ts';
import { sortRows } from './sort-rows.ts';

/** What an open window costs before its first row: columns, first chunk, bookkeeping. */
export const WINDOW_OVERHEAD_BYTES = 2_048;
/** What a row costs besides its uid, line and location: its numbers, and its place in the sorted order. */
const ROW_OVERHEAD_BYTES = 48;

/** A window's rows, sorted and without duplicates. */
export interface ClosedRows {
  readonly rows: SealRows;
  /** Rows with equal (created_at, uid) that were dropped; the one with the lowest offset stays. */
  readonly duplicates: number;
}

/**
 * The rows of one open window in one partition: bytes in an arena, numbers in typed arrays, no object a row.
 *
 * Positions count the rows as they came.
 */
export class WindowBuffer {
  readonly #columns = new RowColumns();
  readonly #arena = new ByteArena();
  #bytes = WINDOW_OVERHEAD_BYTES;
  #retried = 0;
  /** Offset of the first row. */
  readonly firstOffset: Offset;
  /** What the audit knew just before the first row. */
  readonly firstAudit: Progress['audit'];

  constructor(first: { readonly offset: Offset; readonly audit: Progress['audit'] }) {
    this.firstOffset = first.offset;
    this.firstAudit = first.audit;
  }

  get count(): number {
    return this.#columns.count;
  }

  /** Rows that no mark counts, because they were sent again after a reject. */
  get retried(): number {
    return this.#retried;
  }

  get lastOffset(): Offset {
    return this.#columns.offset[this.count - 1] as Offset;
  }

  /**
   * What the limits count: depends on the rows alone, not on how memory was taken, so that a replay reaches a limit
   * at the same row.
   */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes taken from the system. */
  get allocatedBytes(): number {
    return this.#columns.allocatedBytes + this.#arena.allocatedBytes;
  }

  /** Copies the row; its line may be a view that does not live on. */
  add(row: RowEntry): void {
    const uidBytes = Buffer.byteLength(row.uid);
    const locationBytes = row.fileLocation === null ? 0 : Buffer.byteLength(row.fileLocation);
    const rowBytes = uidBytes + locationBytes + row.line.length;
    const address = this.#arena.reserve(rowBytes);
    this.#arena.writeText(row.uid);
    if (row.fileLocation !== null) this.#arena.writeText(row.fileLocation);
    this.#arena.writeBytes(row.line);
    this.#columns.add({ row, address, uidBytes, locationBytes });
    this.#bytes += rowBytes + ROW_OVERHEAD_BYTES;
    if (row.isRetry === true) this.#retried++;
  }

  /** Sorted by (created_at, uid as UTF-8 bytes), duplicates removed. Add nothing afterwards. */
  close(): ClosedRows {
    const order = sortRows({ columns: this.#columns, arena: this.#arena });
    const rows = new BufferedRows({ columns: this.#columns, arena: this.#arena, order });
    return { rows, duplicates: this.count - rows.count };
  }
}

/** The empty seal of a window that closes when all its rows are sealed in early parts already. */
export function noRows(): SealRows {
  return new BufferedRows({ columns: new RowColumns(), arena: new ByteArena(), order: new Uint32Array(0) });
}
