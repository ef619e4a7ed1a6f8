import kafkajs from 'kafkajs';
import type { Kafka, Producer } from 'kafkajs';
import type { OutgoingMessage } from './outgoing.ts';

/**
 * Publishes events that belong to no commit, outside of every transaction. Connects with the first one: most
 * processes never have any.
 */
export class EventPublisher {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;

  constructor({ kafka }: { readonly kafka: Kafka }) {
    this.#kafka = kafka;
  }

  /** @throws what KafkaJS throws once it gives up; the next call connects anew. */
  async publish({ topic, key, value }: OutgoingMessage): Promise<void> {
    this.#producer ??= this.#connect();
    try {
      await (await this.#producer).send({ topic, acks: -1, messages: [{ key, value }] });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const connecting = this.#producer;
    this.#producer = undefined;
    const [connected] = await Promise.allSettled([connecting]);
    if (connected.status === 'fulfilled') await connected.value?.disconnect();
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      // A broker that goes away after it wrote must not be given the same event twice.
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }
}
