/**
 * Captures with the built code in a process of its own, without a compiler in it, so that time and memory are those of
 * the product. The one argument is JSON, a CaptureProcessInput of captured-run.ts; prints a CaptureProcessOutput.
 */
import { performance } from 'node:perf_hooks';
import { peakRssBytes } from '../peak-rss.mjs';

const input = JSON.parse(process.argv[2]);

/** @param {string} module path below the folder of the built code */
const built = (module) => import(new URL(module, input.built).href);
const { Events } = await built('base/event-map.js');
const { DEFAULT_CAPTURE_LIMITS } = await built('capture/capture-limits.js');
const { createCapture } = await built('capture/capture.js');
const { DEFAULT_MARK_OPTIONS } = await built('capture/mark-emitter.js');
const { createKafkaClient } = await built('log/kafka-client.js');
const { TransactionalWriter } = await built('log/transactional-writer.js');

const events = new Events();
const kafka = createKafkaClient({ brokers: input.brokers, clientId: input.name, events });
const stage = createCapture({
  postgresUrl: input.url,
  slot: input.slot,
  publication: input.name,
  tables: [{ ...input.table, createdAtZone: null, archivedUntil: () => Promise.resolve(null) }],
  log: new TransactionalWriter({ kafka, name: input.name, tables: ['public.files'] }),
  marks: DEFAULT_MARK_OPTIONS,
  limits: { ...DEFAULT_CAPTURE_LIMITS, ...input.limits },
  events,
});

let rows = 0;
let startedMs = 0;
const done = new Promise((resolve) => {
  events.on('capture:started', () => (startedMs = performance.now()));
  events.on('capture:committed', (batch) => {
    rows += batch.rows;
    if (rows >= input.rows) resolve(performance.now());
  });
});
const failed = stage.run().then(() => Promise.reject(new Error('capture ended by itself')));
failed.catch(() => undefined);
const endedMs = await Promise.race([done, failed]);
await stage.drain();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const output = {
  rows,
  seconds: (endedMs - startedMs) / 1_000,
  peakRssBytes: peakRssBytes(),
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
};
process.stdout.write(JSON.stringify(output), () => process.exit(0));
