import type { Micros } from '../../model/micros.ts';
import type { Offset } from '../../model/offset.ts';
import type { SealKind } from '../../model/shard.ts';
import type { Window } from '../../model/window.ts';
import * as z from 'zod';

/** A shard's description of itself, in its directory. No clock, host or path in it. */
export interface ShardMetadata {
  readonly format: 'tidemark-shard';
  readonly version: 1;
  readonly table: string;
  readonly kind: SealKind;
  readonly window: Window;
  readonly partition: number;
  readonly partitionCount: number;
  readonly firstOffset: Offset | null;
  readonly part: number;
  readonly payload: 'file' | 'row';
  readonly rows: number;
  readonly files: number;
  /** Of `rows.ndjson`. */
  readonly rowsBytes: number;
  readonly rowsSha256: string;
  readonly minCreatedAt: Micros;
  readonly maxCreatedAt: Micros;
  /** Target of a frame: no frame holds more. */
  readonly frameBytes: number;
  readonly zstd: string;
  readonly level: number;
  readonly tidemark: string;
}

/** A frame is read whole into memory, so readers refuse shards with larger ones. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** Room for a header with every pax record, so that a large member's content begins in its first frame. */
export const FRAME_BYTES_MIN = 8 * 1024;

/** Two names, two versions and numbers. */
const METADATA_BYTES_MAX = 64 * 1024;

const count = z.int().nonnegative();
const time = z.int();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  format: z.literal('tidemark-shard'),
  version: z.literal(1),
  table: z.string(),
  kind: z.enum(['window', 'early', 'late']),
  window: z.strictObject({ start: time, end: time }),
  partition: count,
  partitionCount: count,
  firstOffset: count.nullable(),
  part: z.int().positive(),
  payload: z.enum(['file', 'row']),
  rows: z.int().positive(),
  files: count,
  rowsBytes: count,
  rowsSha256: digest,
  minCreatedAt: time,
  maxCreatedAt: time,
  frameBytes: z.int().min(FRAME_BYTES_MIN).max(FRAME_BYTES_MAX),
  zstd: z.string(),
  level: z.int(),
  tidemark: z.string(),
});

/** Keys stand in the order in which the caller wrote them; the packer always writes the same. */
export function encodeShardMetadata(metadata: ShardMetadata): Buffer {
  return Buffer.from(JSON.stringify(metadata), 'utf8');
}

/** @returns undefined when it is no metadata of format 1. */
export function decodeShardMetadata(json: Buffer): ShardMetadata | undefined {
  if (json.length > METADATA_BYTES_MAX) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(json.toString('utf8')));
    return parsed.success ? (parsed.data as ShardMetadata) : undefined;
  } catch {
    // Not JSON at all: the caller names the shard and the byte range.
    return undefined;
  }
}
