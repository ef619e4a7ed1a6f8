import type { Kafka } from 'kafkajs';
import { messageOf, TidemarkError } from '../base/errors.ts';
import type { Micros } from '../model/micros.ts';
import { cutPieces } from './message-pieces.ts';
import { retryHeaders } from './retry-header.ts';

/** A record as it stands, or would stand, in a table's topic. */
export interface AgainRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
}

/**
 * Sends records once more, marked as retries.
 *
 * Not in a transaction: the topic's one transactional writer is capture, and KafkaJS's readers rely on that
 * (docs/decisions/0024-kafkajs-and-aborted-transactions.md). A send that breaks off may have gone out; sent once more, the archive keeps one.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE.
 */
export async function sendAgain(options: {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly records: readonly AgainRecord[];
  /** By the clock of the Postgres server. */
  readonly clock: Micros;
}): Promise<void> {
  const { kafka, topic, records, clock } = options;
  if (records.length === 0) return;
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 8 },
  });
  const headers = retryHeaders(clock);
  try {
    await producer.connect();
    for (const piece of cutPieces(records)) {
      await producer.send({ topic, acks: -1, messages: piece.map((record) => ({ ...record, headers })) });
    }
  } catch (cause) {
    const reason = messageOf(cause);
    throw new TidemarkError('ERR_KAFKA_UNREACHABLE', { detail: `send to ${topic}: ${reason}`, cause });
  } finally {
    await producer.disconnect();
  }
}
