import { createHash } from 'node:crypto';
import * as z from 'zod';
import { decompressFrame, FrameCompressor } from '../zstd.ts';
import type { FilterShape } from './filter-bits.ts';

/** One manifest that a filter covers. */
export interface CoveredManifest {
  /** Below the folder of the day. */
  readonly name: string;
  readonly shards: number;
}

/** What a filter covers and how it is read. The rows follow behind it. */
export interface FilterHead extends FilterShape {
  readonly table: string;
  /** How many were put in; a uid of several rows counts as often. */
  readonly uids: number;
  /** In the order of their names. */
  readonly manifests: readonly CoveredManifest[];
  readonly sectionEnds: readonly number[];
}

const MAGIC = Buffer.from('TIDEUIDS', 'latin1');
const VERSION = 1;
const FIXED_BYTES = 24;
/** Room for the names of {@link MANIFESTS_MAX} manifests. */
const CONTENT_BYTES_MAX = 1024 * 1024;
/** A day of one-minute windows has 1,440. */
export const MANIFESTS_MAX = 4_096;
/** Names repeat themselves; a higher level gains nothing. */
const LEVEL = 6;
/** One for all: the memory of each is freed late. */
let compressor: FrameCompressor | undefined;

const schema = z.strictObject({
  format: z.literal('tidemark-uid-filter'),
  version: z.literal(VERSION),
  table: z.string(),
  uids: z.int().nonnegative(),
  sectionEnds: z.array(z.int().nonnegative()).min(1).max(64),
  manifests: z.array(z.tuple([z.string(), z.int().nonnegative()])),
});

/** Same coverage and libzstd → same bytes. */
export function encodeHead(head: FilterHead): Buffer {
  const { table, uids, sectionEnds, manifests } = head;
  const json = JSON.stringify({
    ...{ format: 'tidemark-uid-filter', version: VERSION, table, uids, sectionEnds },
    manifests: manifests.map(({ name, shards }) => [name, shards]),
  });
  const content = Buffer.from(json, 'utf8');
  const fixed = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(fixed);
  fixed.writeUInt32LE(VERSION, 8);
  fixed.writeUInt32LE(head.sections, 12);
  fixed.writeUInt32LE(head.rows, 16);
  fixed.writeUInt32LE(content.length, 20);
  compressor ??= new FrameCompressor({ level: LEVEL, frameBytesMax: content.length });
  return Buffer.concat([fixed, compressor.compress(content)]);
}

export function digestOfHead(head: Uint8Array): string {
  return createHash('sha256').update(head).digest('hex').slice(0, 32);
}

/** @returns undefined when the bytes are no head that could have been written. */
export function decodeHead(bytes: Buffer): FilterHead | undefined {
  if (bytes.length < FIXED_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const [version, sections, rows, contentBytes] = [8, 12, 16, 20].map((at) => bytes.readUInt32LE(at));
  if (version !== VERSION || !isRowCount(rows!) || contentBytes! > CONTENT_BYTES_MAX) return undefined;
  const content = decompressFrame(bytes.subarray(FIXED_BYTES), { contentBytes: contentBytes! });
  const parsed = content && parseContent(content);
  if (parsed === undefined || parsed.sectionEnds.length !== sections) return undefined;
  return { ...parsed, sections, rows: rows! };
}

/** Twice as many as the largest filter has: a product with half a hash is exact. */
const ROWS_MAX = 2 ** 21;

function isRowCount(rows: number): boolean {
  return rows > 0 && rows <= ROWS_MAX;
}

function parseContent(content: Buffer): Omit<FilterHead, keyof FilterShape> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch {
    // The caller says that the head is damaged, and of which filter.
    return undefined;
  }
  const { success, data } = schema.safeParse(value);
  if (!success) return undefined;
  const { table, uids, sectionEnds } = data;
  const manifests = data.manifests.map(([name, shards]) => ({ name, shards }));
  const shards = manifests.reduce((sum, manifest) => sum + manifest.shards, 0);
  const isOrdered = sectionEnds.every((end, i) => end >= (sectionEnds[i - 1] ?? 0));
  return isOrdered && sectionEnds.at(-1) === shards ? { table, uids, sectionEnds, manifests } : undefined;
}
