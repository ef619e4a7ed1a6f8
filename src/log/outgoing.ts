import type { Transaction } from 'kafkajs';
import type { LargestMessage } from './transaction-failure.ts';

/** A message that goes out in the same transaction as the offset. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

/** KafkaJS encodes a send in time that grows with the square of its messages. */
const SEND_MESSAGES_MAX = 1_000;

/** A partition's messages of one send are one record batch: together they stay below a broker's default of 1 MiB. */
const SEND_BYTES_MAX = 960 * 1024;

/** Sends topic by topic, each in its order, in pieces that brokers take. */
export async function sendByTopic(
  transaction: Transaction,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  for (const topic of new Set(messages.map((message) => message.topic))) {
    const group = messages.filter((message) => message.topic === topic);
    for (const piece of cutPieces(group)) {
      await transaction.send({ topic, acks: -1, messages: piece.map(({ key, value }) => ({ key, value })) });
    }
  }
}

/** A message that is larger than a piece makes one of its own. */
export function* cutPieces(messages: readonly OutgoingMessage[]): Generator<readonly OutgoingMessage[]> {
  let piece: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = bytesOf(message);
    if (piece.length > 0 && (bytes + size > SEND_BYTES_MAX || piece.length >= SEND_MESSAGES_MAX)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(message);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

export function largestOutgoing(messages: readonly OutgoingMessage[]): LargestMessage | null {
  let largest: LargestMessage | null = null;
  for (const message of messages) {
    const bytes = bytesOf(message);
    if (bytes > (largest?.bytes ?? -1)) largest = { topic: message.topic, bytes, what: 'an event' };
  }
  return largest;
}

function bytesOf({ key, value }: OutgoingMessage): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value);
}
