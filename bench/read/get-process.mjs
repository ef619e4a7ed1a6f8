/**
 * Reads files by their uids with the built code in a process of its own, without a compiler in it. The one argument is a
 * file with JSON, a GetJob of get.ts; prints a GetRun.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { peakRssBytes } from '../peak-rss.mjs';

const { built, url, rows, warmUp } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

/** @param {string} module path below the folder of the built code */
const load = (module) => import(new URL(module, built).href);
const { openSink } = await load('sinks/open-sink.js');
const { getFile } = await load('sinks/read/get-file.js');
const { cachedReads } = await load('sinks/read/cached-reads.js');

const sink = openSink(url);
const reads = cachedReads({ sink });

async function get({ uid, createdAt }) {
  const began = performance.now();
  const { content } = await getFile({ sink, reads, uid, createdAt });
  let bytes = 0;
  for await (const chunk of content) bytes += chunk.length;
  if (bytes === 0) throw new Error(`nothing came for ${uid}`);
  return performance.now() - began;
}

const coldMs = await get(rows[0]);
for (const row of rows.slice(0, warmUp)) await get(row);
const warmMs = [];
for (const row of rows.slice(warmUp)) warmMs.push(await get(row));
process.stdout.write(JSON.stringify({ coldMs, warmMs, peakRssBytes: peakRssBytes() }));
