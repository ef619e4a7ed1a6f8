import { createRequire } from 'node:module';

/** As much of a message as KafkaJS 2.2.4 decodes it. Messages of before transactions have no context. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  /** True keeps KafkaJS from handing it out. */
  isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** What a broker answers of one partition. */
export interface FetchedPartition {
  messages: FetchedMessage[];
  /** Sorted by where they ended. */
  abortedTransactions?: { readonly producerId: string; readonly firstOffset: string }[] | null;
}

interface Fetched {
  readonly responses: readonly { readonly topicName: string; readonly partitions: FetchedPartition[] }[];
}

/** As much of KafkaJS 2.2.4's broker as is used here. */
interface Broker {
  fetch: (this: Broker, request: object) => Promise<Fetched>;
}

/** Readers of each topic. */
const readers = new Map<string, number>();

/**
 * Keeps KafkaJS from handing out messages of aborted transactions of a topic. By itself it enters at most one aborted
 * transaction a message, in the order of where they ended; where transactions of several producers overlap, as on
 * `<name>.shards`, it lets some through (docs/decisions/0150-aborted-events-are-hidden-by-us.md).
 *
 * @returns a function that ends it.
 */
export function hideAborted(topic: string): () => void {
  guardBroker();
  readers.set(topic, (readers.get(topic) ?? 0) + 1);
  return () => {
    const left = (readers.get(topic) ?? 1) - 1;
    if (left === 0) readers.delete(topic);
    else readers.set(topic, left);
  };
}

/**
 * As Kafka's own consumer does it: a transaction is aborted from its first offset up to the marker of its producer.
 * What belongs to one is made to look like a marker, so that offsets stay what they are.
 */
export function markAborted(partition: FetchedPartition): void {
  const begins = (partition.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
    producerId,
    first: BigInt(firstOffset),
  }));
  if (begins.length === 0) return;
  begins.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const aborted = new Set<string>();
  let next = 0;
  for (const message of partition.messages) {
    const at = BigInt(message.offset);
    for (; next < begins.length && begins[next]!.first <= at; next++) aborted.add(begins[next]!.producerId);
    const { batchContext: context } = message;
    if (context === undefined || !aborted.has(context.producerId)) continue;
    // A producer's next transaction begins behind the marker, whichever kind it is.
    if (message.isControlRecord === true) aborted.delete(context.producerId);
    else if (context.inTransaction) message.isControlRecord = true;
  }
  partition.abortedTransactions = [];
}

let isGuarded = false;

function guardBroker(): void {
  if (isGuarded) return;
  isGuarded = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/broker') as { prototype: Broker };
  const fetch = prototype.fetch;
  prototype.fetch = async function (request) {
    const fetched = await fetch.call(this, request);
    for (const { topicName, partitions } of fetched.responses)
      if (readers.has(topicName)) for (const partition of partitions) markAborted(partition);
    return fetched;
  };
}
