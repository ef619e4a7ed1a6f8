import { createHash } from 'node:crypto';
import { TidemarkError } from '../base/errors.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { ShardInfo } from '../model/shard.ts';
import { FrameCursor } from '../sinks/extract/frame-cursor.ts';
import type { ContentPlace } from '../sinks/extract/piece.ts';
import { placeOf } from '../sinks/extract/plan-pieces.ts';
import { uidAt } from '../sinks/format/index-columns.ts';
import type { IndexColumns } from '../sinks/format/index-columns.ts';
import { uidFromBytes } from '../sinks/format/uid-bytes.ts';
import { openSink } from '../sinks/open-sink.ts';
import { digestOf } from '../sinks/read/digest-of.ts';
import { entryLines } from '../sinks/read/entry-lines.ts';
import { inTarOrder, namedEntries } from '../sinks/read/expected-members.ts';
import type { NamedEntry } from '../sinks/read/expected-members.ts';
import { loadIndex } from '../sinks/read/load-index.ts';
import { openListedShard } from '../sinks/read/shard-reader.ts';
import type { ShardReader } from '../sinks/read/shard-reader.ts';
import type { Sink } from '../sinks/sink.ts';

/** A row as it was inserted. */
export interface ShardRow {
  readonly uid: string;
  /** Microseconds since 1970 UTC. */
  readonly createdAt: Micros;
  /** The row as one line of JSON; docs/reading.md says what stands in it. Numbers may need more digits than a double has. */
  readonly json: string;
}

/** A file of a shard. */
export interface ShardFile {
  /** Of the row that names it. */
  readonly uid: string;
  /** Of that row, in microseconds since 1970 UTC. */
  readonly createdAt: Micros;
  /** Where it stands in the tar stream. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /**
   * Its bytes, read when they are asked for. May be left unread.
   *
   * @throws TidemarkError ERR_SHARD_CORRUPT at the end when they have not the digest: what was read is then void.
   */
  content(): AsyncIterable<Uint8Array>;
}

/** An open shard. Nothing is held open: it needs no closing. */
export interface OpenShard {
  readonly name: string;
  /** `schema.name` */
  readonly table: string;
  /** `(start, end]` of created_at, in UTC with microseconds. */
  readonly window: { readonly start: string; readonly end: string };
  /** `file`: rows and the files that they name; `row`: rows alone. */
  readonly payload: 'file' | 'row';
  /** How many rows there are. */
  readonly rowCount: number;
  /** How many files there are. */
  readonly fileCount: number;
  /**
   * Every row, in the order of (created_at, uid), some at a time in memory.
   *
   * @throws TidemarkError ERR_SHARD_CORRUPT at the end when they have not their digest; ERR_SINK_UNAVAILABLE.
   */
  rows(): AsyncIterable<ShardRow>;
  /**
   * Every file, in the same order; none with `payload: row`.
   *
   * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
   */
  files(): AsyncIterable<ShardFile>;
  /**
   * Reads all of the shard and compares it with the digest that was announced. Rows and files are compared with the
   * digests in the shard whenever they are read; this says that it is the very file that the archive has made.
   *
   * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
   */
  verify(): Promise<void>;
}

/** A shard as an event or a manifest names it. */
export type AnnouncedShard = Pick<ShardInfo, 'name' | 'bytes' | 'sha256'>;

/**
 * Opens a shard by reading its end, in one request as a rule.
 *
 * @param sink its address, such as `file:///var/lib/tidemark` or `s3://bucket/prefix?region=…`, or what `openSink` made.
 * @throws TidemarkError ERR_SHARD_CORRUPT when it is missing or damaged, ERR_SINK_UNAVAILABLE, ERR_CONFIG_INVALID for
 * an address that is none.
 *
 * @example
 * const shard = await openShard('file:///var/lib/tidemark', delivery.value.data.shard);
 * for await (const { uid, json } of shard.rows()) await index(uid, JSON.parse(json));
 */
export async function openShard(sink: Sink | string, announced: AnnouncedShard): Promise<OpenShard> {
  const from = typeof sink === 'string' ? openSink(sink) : sink;
  const reader = await openListedShard(from, announced);
  const { metadata } = reader.layout;
  const { start, end } = metadata.window;
  return {
    ...{ name: announced.name, table: metadata.table, payload: metadata.payload },
    window: { start: formatMicros(start), end: formatMicros(end) },
    ...{ rowCount: metadata.rows, fileCount: metadata.files },
    rows: () => readRows(reader),
    files: () => readFiles(from, reader),
    verify: () => verify(from, announced),
  };
}

async function* readRows(reader: ShardReader): AsyncGenerator<ShardRow> {
  for await (const batch of entryLines(reader, inTarOrder(await loadIndex(reader))))
    for (const [[page, at], line] of batch) {
      const createdAt = page.createdAt[at]! as Micros;
      yield { uid: uidFromBytes(uidAt(page, at)), createdAt, json: line.toString('utf8') };
    }
}

async function* readFiles(sink: Sink, reader: ShardReader): AsyncGenerator<ShardFile> {
  const { metadata, frames, seekTableRange } = reader.layout;
  if (metadata.payload === 'row') return;
  const pages = await loadIndex(reader);
  const stretch = {
    ...{ shard: reader.name, firstFrame: 0, seekTableRange },
    frames: Array.from({ length: frames.length }, (_, number) => frames.at(number)!),
  };
  const cursor = new FrameCursor(sink, stretch, places(pages));
  for (const entry of namedEntries(pages)) {
    const { uid, createdAt, path, page, at } = entry;
    const sha256 = page.sha256!.toString('hex', 32 * at, 32 * (at + 1));
    const content = (): AsyncIterable<Uint8Array> => readFile(reader, cursor, entry, sha256);
    yield { uid, createdAt, path, sizeBytes: page.sizeBytes[at]!, sha256, content };
  }
}

function* places(pages: readonly IndexColumns[]): Generator<ContentPlace> {
  for (const entry of namedEntries(pages)) yield placeOf(entry);
}

async function* readFile(
  reader: ShardReader,
  cursor: FrameCursor,
  entry: NamedEntry,
  sha256: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of cursor.read(placeOf(entry))) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256)
    throw reader.corrupt(reader.layout.directoryRange, `${entry.path} has not the digest of the index`);
}

async function verify(sink: Sink, { name, bytes, sha256 }: AnnouncedShard): Promise<void> {
  const size = await sink.size(name);
  if (size !== bytes)
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `${name} ${size === null ? 'is missing' : `has ${size} bytes`}, ${bytes} were announced`,
    });
  if ((await digestOf({ sink, name, bytes, onBytes: () => undefined })) !== sha256)
    throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${name} has not the sha256 that was announced` });
}
