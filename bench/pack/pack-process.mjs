/**
 * Packs with the built code in a process of its own, without a compiler in it, so that time and memory are those of
 * the product. The one argument is JSON, a PackJob of pack-run.ts; prints a PackRun.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { peakRssBytes } from '../peak-rss.mjs';

const { built, folder, listing, fileBytes, archive, workers } = JSON.parse(process.argv[2]);

/** @param {string} module path below the folder of the built code */
const load = (module) => import(new URL(module, built).href);
const { Events } = await load('base/event-map.js');
const { openSink } = await load('sinks/open-sink.js');
const { createSealer } = await load('sinks/sealer.js');
const { WindowBuffer } = await load('streams/window-buffer.js');

/** As the archiver's own window buffer hands them over; uids as random as UUIDs are, but the same in every run. */
function rowsOf(paths) {
  const buffer = new WindowBuffer({ offset: 0, audit: null });
  paths.forEach((path, i) => {
    const hex = createHash('md5').update(String(i)).digest('hex');
    const uid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    const createdAt = i + 1;
    const line = Buffer.from(
      JSON.stringify({ uid, created_at: createdAt, file_location: path, size_bytes: fileBytes }),
    );
    buffer.add({
      kind: 'row',
      ...{ offset: i, clock: 0, uid, createdAt, fileLocation: path, sizeBytes: fileBytes, line },
    });
  });
  return buffer.close().rows;
}

const request = (rows, partition) => ({
  rows,
  name: {
    table: 'public.files',
    window: { start: 0, end: 86_400_000_000 },
    partition,
    partitionCount: 2,
    kind: 'window',
    firstOffset: null,
  },
  duplicates: 0,
  offsets: null,
  firstPart: 1,
  dropCommitted: false,
});

const sealer = createSealer({
  sink: openSink(pathToFileURL(archive).href),
  payload: 'file',
  roots: [folder],
  bytesMax: 256 * 1024 * 1024,
  filesMax: 100_000,
  level: 3,
  workers,
  toolVersion: 'bench',
  events: new Events(),
});
const first = readFileSync(listing, 'utf8').slice(0, -1).split('\n');
const warmUp = rowsOf(first.slice(0, 8));
const rows = rowsOf(first);
const { signal } = new globalThis.AbortController();
// The threads start with a first small seal.
await sealer.seal(request(warmUp, 0), signal);
const cpuBefore = process.cpuUsage();
const began = performance.now();
const { manifest } = await sealer.seal(request(rows, 1), signal);
const seconds = (performance.now() - began) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
const output = {
  seconds,
  bytes: manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0),
  shards: manifest.shards.length,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  peakRssBytes: peakRssBytes(),
};
await sealer.close();
process.stdout.write(JSON.stringify(output), () => process.exit(0));
