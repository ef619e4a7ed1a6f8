import type { Transaction } from 'kafkajs';
import { cutPieces, messageBytes } from './message-pieces.ts';
import type { LargestMessage } from './transaction-failure.ts';

/** A message that goes out in the same transaction as the offset. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

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

export function largestOutgoing(messages: readonly OutgoingMessage[]): LargestMessage | null {
  let largest: LargestMessage | null = null;
  for (const message of messages) {
    const bytes = messageBytes(message);
    if (bytes > (largest?.bytes ?? -1)) largest = { topic: message.topic, bytes, what: 'an event' };
  }
  return largest;
}
