import type { Admin, Kafka } from 'kafkajs';
import { Events } from '../base/event-map.ts';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { endsWithin } from '../base/patience.ts';
import { LogConsumer } from '../log/consumer.ts';
import { createKafkaClient } from '../log/kafka-client.ts';
import { hideAborted } from '../log/hide-aborted.ts';
import { readTopicOffsets } from '../log/topic-offsets.ts';
import { requireTopic } from '../log/require-topic.ts';
import { untilKafkaAnswers } from '../log/until-kafka-answers.ts';
import type { Delivery } from './delivery.ts';
import type { Fold } from './fold.ts';
import { HandOver } from './hand-over.ts';
import { encodePosition } from './position.ts';
import type { StreamPosition } from './position.ts';
import { StreamPartition } from './stream-partition.ts';
import { readStreamStart } from './stream-start.ts';
import type { StreamBeginning, SubscriberKafka } from './subscriber-options.ts';

export interface EventStreamOptions<T> {
  readonly kafka: SubscriberKafka;
  readonly topic: string;
  readonly groupId: string;
  readonly from: StreamBeginning;
  readonly resumeAfter: () => Promise<string | null> | string | null;
  readonly unacknowledgedMax: number;
  readonly sessionTimeoutMs: number;
  readonly onWarning: (text: string) => void;
  readonly createFold: (start: StreamPosition) => Fold<T>;
  readonly onClosed: () => void;
}

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;
const REBALANCE_TIMEOUT_MS = 60_000;

/**
 * Deliveries of one stream, to be pulled: nothing is read from Kafka that nobody asks for, but two batches (1 MiB each).
 * Connects with the first pull. `break`, `return` and an exception in a `for await` close it.
 */
export class EventStream<T> implements AsyncIterableIterator<Delivery<T>, undefined> {
  readonly #options: EventStreamOptions<T>;
  readonly #handOver: HandOver<Delivery<T>>;
  readonly #ended = new AbortController();
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  #consumer: LogConsumer | undefined;
  #isRunning = false;
  #closing: Promise<void> | undefined;

  constructor(options: EventStreamOptions<T>) {
    const { kafka, onWarning, unacknowledgedMax } = options;
    this.#options = options;
    this.#handOver = new HandOver({ outMax: unacknowledgedMax });
    const events = new Events();
    events.on('kafka:warned', ({ namespace, message }) => onWarning(`${namespace}: ${message}`));
    const { brokers, clientId = 'tidemark-client', ssl, sasl } = kafka;
    const connection = { ...(ssl === undefined ? {} : { ssl }), ...(sasl === undefined ? {} : { sasl }) };
    this.#kafka = createKafkaClient({ brokers, clientId, connection, events });
    this.#admin = this.#kafka.admin();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws TidemarkError what has ended the stream. */
  async next(): Promise<IteratorResult<Delivery<T>, undefined>> {
    if (!this.#isRunning && this.#closing === undefined) {
      this.#isRunning = true;
      void this.#run();
    }
    const delivery = await this.#handOver.take();
    return delivery === undefined ? { done: true, value: undefined } : { done: false, value: delivery };
  }

  async return(): Promise<IteratorResult<Delivery<T>, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Commits what is done and leaves the group. What is out and not done comes again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ended.abort(new Error('the stream was closed'));
    await this.#consumer?.close('drain');
    await endsWithin(CLOSE_WITHIN_MS, this.#admin.disconnect());
    this.#handOver.end();
    this.#options.onClosed();
  }

  /** Never rejects: whoever pulls is told. */
  async #run(): Promise<void> {
    const { topic } = this.#options;
    const release = hideAborted(topic);
    try {
      await this.#read();
      this.#handOver.end();
    } catch (error) {
      this.#handOver.end({ error });
    } finally {
      release();
      await this.close();
    }
  }

  async #read(): Promise<void> {
    const { topic, onWarning } = this.#options;
    const wait = {
      signal: this.#ended.signal,
      onWaiting: ({ attempt, reason }: { attempt: number; reason: string }) =>
        onWarning(`${topic}: Kafka does not answer, try ${attempt}: ${reason}`),
    };
    await untilKafkaAnswers(() => this.#requireEvents(), wait);
    const consumer = this.#createConsumer();
    this.#consumer = consumer;
    await untilKafkaAnswers(() => consumer.connect(), wait);
    if (!this.#ended.signal.aborted) await consumer.run();
  }

  /** Deliveries follow one order, that of a topic with one partition. `tidemark init` makes no other. */
  async #requireEvents(): Promise<void> {
    const { topic } = this.#options;
    await this.#admin.connect();
    await requireTopic(this.#admin, topic);
    const partitions = (await readTopicOffsets(this.#admin, topic)).end.size;
    if (partitions !== 1)
      throw new TidemarkError('ERR_TOPIC_INVALID', {
        detail: `${topic} has ${partitions} partitions; a topic of events has one`,
      });
  }

  #createConsumer(): LogConsumer {
    const { topic, groupId, sessionTimeoutMs, createFold, from, resumeAfter, onWarning } = this.#options;
    const consumer: LogConsumer = new LogConsumer({
      ...{ kafka: this.#kafka, groupId, topics: [topic], events: new Events() },
      ...{ sessionTimeoutMs, rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS },
      createHandler: ({ partition }) => {
        const commit = (position: StreamPosition): Promise<void> =>
          consumer
            .commit({
              ...{ topic, partition, offset: String(position.needed) },
              metadata: encodePosition(position),
            })
            .catch((cause: unknown) => {
              throw new Error(`commit of ${groupId}: ${messageOf(cause)}`, { cause });
            });
        const place = { admin: this.#admin, groupId, topic, partition };
        return new StreamPartition({
          what: `${topic}, group ${groupId}`,
          readStart: () => readStreamStart(place, { from, resumeAfter, commit }),
          fail: (error) => consumer.fail(error),
          ...{ handOver: this.#handOver, createFold, commit, onWarning },
        });
      },
    });
    return consumer;
  }
}
