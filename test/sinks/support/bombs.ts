/**
 * Inputs that claim more memory or time than they have bytes, read in a process whose memory is limited by the
 * caller. Prints what each came to, as JSON; a bomb that goes off ends the process before.
 */
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { TidemarkError } from '../../../src/base/errors.ts';
import { decodeRecord } from '../../../src/log/decode-record.ts';
import { encodeDirectory } from '../../../src/sinks/format/directory.ts';
import { EMPTY_CHECKSUM, encodeSeekTable } from '../../../src/sinks/format/seek-table.ts';
import { PAGE_MAGIC, SEEK_TABLE_MAGIC, skippableFrame } from '../../../src/sinks/format/skippable.ts';
import { decodeManifest } from '../../../src/sinks/manifest-codec.ts';
import { loadIndex } from '../../../src/sinks/read/load-index.ts';
import { openShard } from '../../../src/sinks/read/shard-reader.ts';
import { FrameCompressor, decompressFrame } from '../../../src/sinks/zstd.ts';
import { sinkOf } from './forged-shard.ts';

const compressor = new FrameCompressor({ level: 1, frameBytesMax: 64 * 1024 * 1024 });

const METADATA = {
  ...{ format: 'tidemark-shard', version: 1, table: 'public.files', kind: 'window' },
  ...{ window: { start: 0, end: 1 }, partition: 0, partitionCount: 1, firstOffset: null, part: 1 },
  ...{ payload: 'file', rows: 10_000_000, files: 10_000_000, rowsBytes: 1, rowsSha256: '0'.repeat(64) },
  ...{ minCreatedAt: 0, maxCreatedAt: 1, frameBytes: 8192, zstd: '1.5.7', level: 3, tidemark: '0.0.0' },
};
const METADATA_JSON = Buffer.from(JSON.stringify(METADATA));

/** A shard of empty frames with these tables. */
function shard(options: { frames: number; framesBytes: number; pages: readonly Buffer[] }): Buffer {
  let offset = options.framesBytes;
  const pages = options.pages.map((payload) => {
    const frame = skippableFrame(PAGE_MAGIC, payload);
    const ref = { offset, bytes: frame.length, contentBytes: PAGE_BYTES, firstUid: Buffer.alloc(0) };
    offset += frame.length;
    return { frame, ref: { ...ref, sha256: createHash('sha256').update(payload).digest() } };
  });
  const directory = encodeDirectory({
    metadataJson: METADATA_JSON,
    pages: pages.map(({ ref }) => ref),
    frameCount: options.frames,
    framesBytes: options.framesBytes,
  });
  const skippable = [...pages.map(({ frame }) => frame.length), directory.length].map((bytes) => ({
    ...{ compressedBytes: bytes, contentBytes: 0, checksum: EMPTY_CHECKSUM },
  }));
  // Written by hand: a list of entries would take the memory that the reader must do without.
  const last = encodeSeekTable(skippable);
  const payload = Buffer.alloc(12 * options.frames + last.length - 8);
  for (let i = 0; i < options.frames; i++) payload.writeUInt32LE(1024, 12 * i + 4);
  if (options.frames > 0) payload.writeUInt32LE(options.framesBytes, 12 * (options.frames - 1));
  last.copy(payload, 12 * options.frames, 8);
  payload.writeUInt32LE(options.frames + skippable.length, payload.length - 9);
  return Buffer.concat([
    Buffer.alloc(options.framesBytes),
    ...pages.map(({ frame }) => frame),
    ...[directory, skippableFrame(SEEK_TABLE_MAGIC, payload)],
  ]);
}

const PAGE_BYTES = 16 * 1024 * 1024;

function withNumber(bytes: Buffer, at: number, value: bigint): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeBigUInt64LE(value, at < 0 ? bytes.length + at : at);
  return changed;
}

const small = shard({ frames: 1, framesBytes: 20, pages: [] });
const seekBytes = 8 + 12 * 2 + 9;
const content = Buffer.alloc(16 * 1024 * 1024);

const BOMBS: Record<string, () => unknown> = {
  'a seek table of four billion entries': () =>
    open(Buffer.concat([small.subarray(0, -9), Buffer.from('ffffffff80b1ea928f', 'hex')])),
  'a directory whose metadata have 2^63 bytes': () => open(withNumber(small, -seekBytes - 64, 2n ** 63n)),
  'a frame of four gigabytes, compressed': async () => {
    const file = withNumber(small, small.length - seekBytes + 8, 0xffff_ffffn);
    const sink = { ...sinkOf(file), size: () => Promise.resolve(file.length) };
    await openShard(sink, 's');
  },
  'two million frames': async () => {
    const reader = await openShard(sinkOf(shard({ frames: 2_000_000, framesBytes: 20, pages: [] })), 's');
    return `${reader.layout.frames.length} frames`;
  },
  'an index of gigabytes in a file of kilobytes': async () => {
    const page = Buffer.alloc(PAGE_BYTES);
    page.writeUInt32LE(Math.floor((PAGE_BYTES - 8) / 28), 0);
    const payload = Buffer.from(compressor.compress(page));
    const file = shard({ frames: 1, framesBytes: 20, pages: new Array<Buffer>(200).fill(payload) });
    await loadIndex(await openShard(sinkOf(file), 's'));
  },
  'a frame that holds more than the table says': () =>
    decompressFrame(compressor.compress(content), { contentBytes: 10 }),
  'a frame that claims a terabyte': () => {
    const frame = Buffer.from('28b52ffde0000000000001000001000000', 'hex');
    return decompressFrame(frame, { contentBytes: 2 ** 40 });
  },
  'a frame that says nothing of its size': () => {
    const frame = Buffer.from(compressor.compress(content));
    frame[4] = 0x04;
    return decompressFrame(frame, { contentBytes: 1024 });
  },
  'a manifest of a million wrong rejects': () =>
    decodeManifest(Buffer.from(`${MANIFEST},"rejects":[${'1,'.repeat(1_000_000)}1]}`)),
  'a manifest of many unknown keys': () =>
    decodeManifest(Buffer.from(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(',')}}`)),
  'a manifest of arrays in arrays': () =>
    decodeManifest(Buffer.from(`{"shards":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`)),
  'a record of objects in objects': () => {
    const columns = { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null };
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
    const value = Buffer.from(`{"op":"c","after":{"uid":${deep},"created_at":1}}`);
    return decodeRecord({ columns, createdAtZone: null })({ key: null, value, offset: '1', timestamp: '1' })
      .kind;
  },
};

const MANIFEST = JSON.stringify({
  ...{ format: 'tidemark-manifest', version: 1, table: 't', kind: 'window', window: { start: 0, end: 1 } },
  ...{ partition: 0, partitionCount: 1, offsets: null, payload: 'row' },
  ...{ ledger: { received: 0, archived: 0, duplicates: 0, rejected: 0 }, rowsSha256: '0'.repeat(64) },
  ...{ shards: [], minCreatedAt: null, maxCreatedAt: null, tool: { tidemark: '0', zstd: '0', level: 1 } },
}).slice(0, -1);

async function open(file: Buffer): Promise<string> {
  await openShard(sinkOf(file), 's');
  return 'opened';
}

const outcomes: Record<string, unknown> = {};
for (const [name, light] of Object.entries(BOMBS)) {
  // Where it went off is then the last line.
  if (!process.stderr.write(`${name}\n`)) await once(process.stderr, 'drain');
  try {
    outcomes[name] = (await light()) ?? 'refused';
  } catch (error) {
    outcomes[name] = error instanceof TidemarkError ? error.code : String(error);
  }
}
process.stdout.write(JSON.stringify({ outcomes, peakKib: process.resourceUsage().maxRSS }));
