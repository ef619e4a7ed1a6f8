/**
 * What Node itself needs for the same files: threads that open, stat, read, stat again, close, hash and compress
 * them by frames, and write the frames; no rows, no headers, no index, no safety. Nothing that packs in Node's threads can be
 * faster. With a fifth argument, the URL of the built code, they make what the format asks for as well: a header for
 * each file, its line of rows.ndjson, its entry of the index, the digests of rows and shard; still without planning,
 * order, safety or fsync. Arguments: listing, file bytes, threads, target, built. Prints the seconds.
 */
import { Buffer } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const BLOCK_BYTES = 512;
const FRAME_BYTES = 512 * 1024;

/** Of one file in the index: uid, created_at, frame, offset, size, SHA-256. */
const INDEX_BYTES = 36 + 8 + 4 + 4 + 8 + 32;

async function measure([listing, fileBytes, threads, target, built]) {
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const data = { listing, fileBytes: Number(fileBytes), target, turns, built };
  const workers = Array.from(
    { length: Number(threads) },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: data }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const began = performance.now();
  for (const worker of workers) worker.postMessage('go');
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  return (performance.now() - began) / 1_000;
}

/** What the format adds to each frame of files, made by the product's own code; null without it. */
async function formatOf({ built, listing, fileBytes }) {
  if (built === undefined) return null;
  const { writePlainHeader } = await import(new URL('sinks/format/ustar-block.js', built).href);
  const paths = readFileSync(listing, 'utf8').slice(0, -1).split('\n');
  const lines = paths.map((path, i) =>
    Buffer.from(
      `${JSON.stringify({ uid: uidOf(i), created_at: i + 1, file_location: path, size_bytes: fileBytes })}\n`,
    ),
  );
  const uids = Buffer.from(paths.map((_, i) => uidOf(i)).join(''), 'latin1');
  return { writePlainHeader, lines, uids, rowsHash: createHash('sha256'), shardHash: createHash('sha256') };
}

function uidOf(i) {
  const hex = createHash('md5').update(String(i)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The lines and the entries of the index of some files, side by side. @returns their length. */
function fillRows({ lines, uids, rowsHash }, { from, to, digests, fileBytes }, memory) {
  let at = 0;
  for (let i = from; i < to; i++) at += lines[i].copy(memory, at);
  rowsHash.update(memory.subarray(0, at));
  for (let i = from; i < to; i++) {
    uids.copy(memory, at, i * 36, i * 36 + 36);
    memory.writeDoubleLE(i + 1, at + 36);
    memory.writeUInt32LE(i, at + 44);
    memory.writeUInt32LE(at, at + 48);
    memory.writeDoubleLE(fileBytes, at + 52);
    digests.copy(memory, at + 60, (i - from) * 32, (i - from) * 32 + 32);
    at += INDEX_BYTES;
  }
  return at;
}

function pack({ listing, fileBytes, target, turns }, format) {
  const binding = createRequire(import.meta.url)('zstd-napi/binding');
  const context = new binding.CCtx();
  context.setParameter(binding.CParameter.compressionLevel, 3);
  const paths = readFileSync(listing, 'utf8').slice(0, -1).split('\n');
  const memberBytes = BLOCK_BYTES + Math.ceil(fileBytes / BLOCK_BYTES) * BLOCK_BYTES;
  const filesAFrame = Math.max(1, Math.floor(FRAME_BYTES / memberBytes));
  const frame = Buffer.alloc(filesAFrame * memberBytes + 1);
  const digests = Buffer.alloc(32 * filesAFrame);
  const compressed = Buffer.alloc(binding.compressBound(frame.length));
  const rows = Buffer.alloc(filesAFrame * (INDEX_BYTES + 1_000));
  const output = openSync(target, 'a');
  const write = (bytes) => {
    const length = context.compress2(compressed, bytes);
    format?.shardHash.update(compressed.subarray(0, length));
    writeSync(output, compressed, 0, length);
  };
  for (;;) {
    const first = Atomics.add(turns, 0, filesAFrame);
    if (first >= paths.length) break;
    const behind = Math.min(first + filesAFrame, paths.length);
    let at = 0;
    for (let i = first; i < behind; i++) {
      const member = { uidBytes: format?.uids, from: i * 36, to: i * 36 + 36 };
      format?.writePlainHeader(frame, at, { ...member, sizeBytes: fileBytes, mtimeSeconds: i });
      const content = at + BLOCK_BYTES;
      const fd = openSync(paths[i], 'r');
      fstatSync(fd);
      readSync(fd, frame, content, fileBytes + 1, 0);
      fstatSync(fd);
      closeSync(fd);
      const digest = hash('sha256', frame.subarray(content, content + fileBytes), 'binary');
      digests.write(digest, (i - first) * 32, 'latin1');
      at += memberBytes;
    }
    write(frame.subarray(0, at));
    if (format !== null)
      write(rows.subarray(0, fillRows(format, { from: first, to: behind, digests, fileBytes }, rows)));
  }
  closeSync(output);
}

if (isMainThread) {
  process.stdout.write(String(await measure(process.argv.slice(2))));
} else {
  const told = once(parentPort, 'message');
  const format = await formatOf(workerData);
  parentPort.postMessage('ready');
  await told;
  pack(workerData, format);
  // The port would keep the thread.
  process.exit(0);
}
