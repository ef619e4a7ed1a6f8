import { formatMicros, MICROS_PER_SECOND, micros } from '../../src/model/micros.ts';
import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { fillTopic } from './fill-topic.ts';
import { MeasuredProcess } from './measured-process.ts';
import { drainByJava, drainByKafkajs } from './peers.ts';
import { watchSeals } from './sealed-rows.ts';
import { openStand, PARTITIONS } from './stand.ts';

export interface ServerAddresses {
  readonly postgresUrl: string;
  readonly kafkaBrokers: readonly string[];
}

/** What one pass over a filled topic took. */
export interface ArchivePass {
  readonly rowsPerSecond: number;
  readonly peakRssBytes: number;
  readonly seals: number;
  /** Messages a second of those who read the same topic and do nothing; empty when not asked for. */
  readonly peers: Readonly<Record<string, number>>;
}

/** The rows lie hours back, so that the gate holds nothing. */
const AGE_SECONDS = 8_400;
/** 100 windows of a minute. */
export const SPAN_SECONDS = 6_000;

/** Rows a second from a filled topic to sealed shards, `payload: row`. */
export async function benchArchive(servers: ServerAddresses, rows = 1_000_000): Promise<BenchResult[]> {
  const pass = await archivePass({ servers, rows, withPeers: true });
  return [
    benchResult({
      name: 'archive',
      unit: 'rows/s',
      ours: pass.rowsPerSecond,
      peers: pass.peers,
      peakRssBytes: pass.peakRssBytes,
      notes: `${rows} rows in ${PARTITIONS} partitions became ${pass.seals} seals, from group join to the last committed event; the peers only read the topic`,
    }),
  ];
}

/** Fills a topic, lets one archiver with an empty sink take it, and watches its events. */
export async function archivePass(options: {
  servers: ServerAddresses;
  rows: number;
  withPeers: boolean;
  /** Over how many seconds of created_at the rows are spread: whole minutes. */
  spanSeconds?: number;
}): Promise<ArchivePass> {
  const { servers, rows, spanSeconds = SPAN_SECONDS } = options;
  const brokers = servers.kafkaBrokers;
  const ageMinutes = (AGE_SECONDS + spanSeconds) / 60;
  const start = micros(Math.floor(Date.now() / 60_000 - ageMinutes) * 60 * MICROS_PER_SECOND);
  const spec = { windowSize: '1m', lag: '5m', lateness: '1m', from: formatMicros(start) };
  const stand = await openStand({ ...servers, ...spec });
  try {
    const spanMicros = spanSeconds * MICROS_PER_SECOND;
    const messages = await fillTopic({ brokers, name: stand.name, rows, start, spanMicros });
    const watch = await watchSeals(stand);
    const archiver = new MeasuredProcess({ args: ['archive', '--no-serve'], folder: stand.folder });
    await archiver.logged('joined the archive group');
    const began = performance.now();
    await Promise.race([watch.rows(rows), archiver.died]);
    const seconds = (performance.now() - began) / 1_000;
    const peakRssBytes = archiver.peakRssBytes();
    await archiver.stop();
    await watch.close();
    const drained = { brokers, topic: stand.topic, messages };
    const peers = options.withPeers
      ? {
          'KafkaJS eachBatch': await drainByKafkajs(drained),
          'kafka-consumer-perf-test': await drainByJava(drained),
        }
      : {};
    return { rowsPerSecond: Math.round(rows / seconds), peakRssBytes, seals: watch.seals.length, peers };
  } finally {
    await stand.close();
  }
}
