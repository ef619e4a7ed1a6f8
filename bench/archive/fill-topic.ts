import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../../src/base/errors.ts';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import { lsn } from '../../src/model/lsn.ts';
import { formatMicros, MICROS_PER_SECOND, micros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { CapturedRow } from '../../src/model/row.ts';
import { PARTITIONS, TABLE } from './stand.ts';

/** Rows of one Kafka transaction, with a mark at its end. */
const BATCH_ROWS = 10_000;

/** The last mark lies so far beyond the last row that every window closes. */
const BEYOND_MICROS = 600 * MICROS_PER_SECOND;

const READY_WITHIN_MS = 30_000;

export interface FillOptions {
  readonly brokers: readonly string[];
  readonly name: string;
  readonly rows: number;
  readonly start: Micros;
  readonly spanMicros: number;
}

/**
 * Rows and marks exactly as capture writes them, by capture's own writer, spread evenly over `spanMicros`.
 *
 * @returns the number of messages.
 */
export async function fillTopic(options: FillOptions): Promise<number> {
  const kafka = createKafkaClient({ brokers: options.brokers, clientId: 'bench-fill', events: new Events() });
  const writer = new TransactionalWriter({ kafka, name: options.name, tables: [TABLE] });
  await openWhenReady(writer);
  try {
    let sequence = 0;
    for (let first = 0; first < options.rows; first += BATCH_ROWS) {
      const last = Math.min(first + BATCH_ROWS, options.rows);
      const rows = Array.from({ length: last - first }, (_, index) => benchRow(first + index, options));
      sequence += 1;
      const time = timeOf(last - 1, options);
      const end = last === options.rows ? micros(time + BEYOND_MICROS) : time;
      const at = { lsn: lsn(BigInt(last)), epoch: 1, sequence };
      await writer.write({
        rows,
        mark: { ...at, tables: new Map([[TABLE, { time: end, clock: time }]]) },
        position: { ...at, ordinal: 0, time: end, snapshots: new Map() },
      });
    }
    return options.rows + sequence * PARTITIONS;
  } finally {
    await writer.close();
  }
}

/** A broker that has just started answers "not the coordinator" for a while; capture tries again too. */
async function openWhenReady(writer: TransactionalWriter): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await writer.open();
      return;
    } catch (error) {
      if (!isRetryable(error) || Date.now() > end) throw error;
      await delay(200);
    }
  }
}

function timeOf(index: number, { start, spanMicros, rows }: FillOptions): Micros {
  return micros(start + Math.floor((index / rows) * spanMicros) + 1);
}

function benchRow(index: number, options: FillOptions): CapturedRow {
  const createdAt = timeOf(index, options);
  // Keys in no order, like real ones.
  const uid = `${(Math.imul(index, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-${index}`;
  const note = `row ${index} of the benchmark, long enough to be a row`;
  return {
    table: TABLE,
    op: 'c',
    keyJson: `{"uid":"${uid}"}`,
    afterJson: `{"uid":"${uid}","created_at":"${formatMicros(createdAt)}","kind":"purchase","amount":${index % 9_973},"note":"${note}"}`,
    lsn: lsn(BigInt(index - (index % 100))),
    txId: Math.floor(index / 100),
    committedAt: createdAt,
  };
}
