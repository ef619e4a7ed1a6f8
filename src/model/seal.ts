import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';
import type { Manifest } from './manifest.ts';
import type { Reject } from './row.ts';
import type { SealName } from './shard.ts';

/**
 * A row's texts as UTF-8, side by side in a piece of memory: uid, file location (none and an empty one look alike),
 * line without its end.
 */
export interface RowBytes {
  readonly memory: Buffer;
  readonly uidAt: number;
  readonly locationAt: number;
  readonly lineAt: number;
  readonly end: number;
}

/**
 * The rows of one seal, column by column, sorted by (created_at, uid bytes) and without duplicates.
 * Positions run from 0 to `count − 1`.
 */
export interface SealRows {
  readonly count: number;
  createdAt(index: number): Micros;
  uid(index: number): string;
  fileLocation(index: number): string | null;
  /** Bytes, or null when the row does not say. */
  sizeBytes(index: number): number | null;
  /** UTF-8 JSON of the row without a line end; a view that is valid until the next call. */
  line(index: number): Uint8Array;
  /** The same texts as bytes, for those who only pass them on; valid until the next call. */
  bytes(index: number): RowBytes;
  /** Where the row stands in the log; null in the batch path. */
  offset(index: number): Offset | null;
}

/** What is asked of the sinks: pack these rows, make them durable, write the manifest. */
export interface SealRequest {
  readonly name: SealName;
  readonly rows: SealRows;
  /** Rows with equal (created_at, uid) that were dropped while sorting. */
  readonly duplicates: number;
  readonly offsets: { readonly first: Offset; readonly last: Offset } | null;
  /** Number of the first shard: 1, or one past the window's early parts. */
  readonly firstPart: number;
  /** True when rows whose uid already stands in this window's committed shards must be dropped (late, early, after early parts). */
  readonly dropCommitted: boolean;
  /** Rows that belong to it and cannot be packed for what they say; only the batch path lists them here. */
  readonly rejects?: readonly Reject[];
  /** No manifest when no row is archived: the rows are asked about again, and the answer must not stand. */
  readonly skipEmpty?: boolean;
}

export interface SealResult {
  readonly manifestName: string;
  readonly manifest: Manifest;
  /** True when an equal seal was found on the sink and nothing had to be packed. */
  readonly reused: boolean;
}

/** Durable: when it resolves, shards and manifest have been synced. Same request → same bytes. */
export type SealWindow = (request: SealRequest, signal: AbortSignal) => Promise<SealResult>;
