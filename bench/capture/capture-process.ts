import { Events } from '../../src/base/event-map.ts';
import { DEFAULT_CAPTURE_LIMITS } from '../../src/capture/capture-limits.ts';
import { createCapture } from '../../src/capture/capture.ts';
import { DEFAULT_MARK_OPTIONS } from '../../src/capture/mark-emitter.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import { COLUMNS, TABLE } from './filled-slot.ts';

/** What the parent gives as the one argument. */
export interface CaptureProcessInput {
  readonly url: string;
  readonly brokers: readonly string[];
  readonly name: string;
  readonly slot: string;
  /** Ends when so many rows are committed; 0: as soon as the snapshot is done and a mark has gone through. */
  readonly rows: number;
}

/** The line that it prints. */
export interface CaptureProcessOutput {
  readonly rows: number;
  /** From owning the slot to the commit of the last row. */
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly cpuSeconds: number;
}

/** Captures in a process of its own, so that its memory is its own. */
async function main(input: CaptureProcessInput): Promise<CaptureProcessOutput> {
  const events = new Events();
  const kafka = createKafkaClient({ brokers: input.brokers, clientId: input.name, events });
  const stage = createCapture({
    postgresUrl: input.url,
    slot: input.slot,
    publication: input.name,
    tables: [{ ...TABLE, columns: COLUMNS, createdAtZone: null, archivedUntil: () => Promise.resolve(null) }],
    log: new TransactionalWriter({ kafka, name: input.name, tables: ['public.files'] }),
    marks: DEFAULT_MARK_OPTIONS,
    limits: DEFAULT_CAPTURE_LIMITS,
    events,
  });
  let rows = 0;
  let startedMs = 0;
  const done = new Promise<number>((resolve) => {
    events.on('capture:started', () => (startedMs = performance.now()));
    events.on('capture:committed', (batch) => {
      rows += batch.rows;
      if (rows >= input.rows) resolve(performance.now());
    });
  });
  const running = stage.run();
  const endedMs = await Promise.race([done, running.then(() => performance.now())]);
  await stage.drain();
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    rows,
    seconds: (endedMs - startedMs) / 1_000,
    peakRssBytes: maxRSS * 1_024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  };
}

if (process.argv[1] === import.meta.filename) {
  const output = await main(JSON.parse(process.argv[2]!) as CaptureProcessInput);
  process.stdout.write(JSON.stringify(output));
  process.exit(0);
}
