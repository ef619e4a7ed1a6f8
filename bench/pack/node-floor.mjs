/**
 * What Node itself needs for the same files: threads that open, stat, read, stat again, close, hash and compress
 * them by frames, and write the frames; no rows, no headers, no index, no safety. Nothing that packs in Node's threads can be
 * faster. Arguments: listing, file bytes, threads, target. Prints the seconds.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const BLOCK_BYTES = 512;
const FRAME_BYTES = 512 * 1024;

async function measure([listing, fileBytes, threads, target]) {
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const data = { listing, fileBytes: Number(fileBytes), target, turns };
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

function pack({ listing, fileBytes, target, turns }) {
  const binding = createRequire(import.meta.url)('zstd-napi/binding');
  const context = new binding.CCtx();
  context.setParameter(binding.CParameter.compressionLevel, 3);
  const paths = readFileSync(listing, 'utf8').slice(0, -1).split('\n');
  const memberBytes = BLOCK_BYTES + Math.ceil(fileBytes / BLOCK_BYTES) * BLOCK_BYTES;
  const filesAFrame = Math.max(1, Math.floor(FRAME_BYTES / memberBytes));
  const frame = Buffer.alloc(filesAFrame * memberBytes + 1);
  const digests = Buffer.alloc(32 * filesAFrame);
  const compressed = Buffer.alloc(binding.compressBound(frame.length));
  const output = openSync(target, 'a');
  for (;;) {
    const first = Atomics.add(turns, 0, filesAFrame);
    if (first >= paths.length) break;
    let at = 0;
    for (let i = first; i < Math.min(first + filesAFrame, paths.length); i++) {
      const content = at + BLOCK_BYTES;
      const fd = openSync(paths[i], 'r');
      fstatSync(fd);
      readSync(fd, frame, content, fileBytes + 1, 0);
      fstatSync(fd);
      closeSync(fd);
      digests.write(hash('sha256', frame.subarray(content, content + fileBytes), 'binary'), 0, 'latin1');
      at += memberBytes;
    }
    writeSync(output, compressed, 0, context.compress2(compressed, frame.subarray(0, at)));
  }
  closeSync(output);
}

if (isMainThread) {
  process.stdout.write(String(await measure(process.argv.slice(2))));
} else {
  const told = once(parentPort, 'message');
  parentPort.postMessage('ready');
  await told;
  pack(workerData);
  // The port would keep the thread.
  process.exit(0);
}
