import { EventEmitter, once } from 'node:events';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { uniqueName } from './services/fresh.ts';

export interface FollowedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A subscriber that is not ours: reads a topic of CloudEvents read-committed, from its beginning. */
export class EventFollower {
  readonly events: FollowedEvent[] = [];
  readonly #consumer: Consumer;
  readonly #arrived = new EventEmitter();

  private constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  /** @param options `table` keeps the events of one table. */
  static async follow(options: {
    brokers: readonly string[];
    topic: string;
    table?: string;
  }): Promise<EventFollower> {
    const kafka = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING });
    const follower = new EventFollower(
      kafka.consumer({ groupId: uniqueName('follower'), maxWaitTimeInMs: 100 }),
    );
    await follower.#consumer.connect();
    await follower.#consumer.subscribe({ topic: options.topic, fromBeginning: true });
    await follower.#consumer.run({
      eachMessage: ({ message }) => {
        const event = JSON.parse(String(message.value)) as FollowedEvent;
        if (options.table === undefined || event.data['table'] === options.table) {
          follower.events.push(event);
          follower.#arrived.emit('event');
        }
        return Promise.resolve();
      },
    });
    return follower;
  }

  /** Waits until the events so far fulfil a condition; the test's own time limit ends a wait in vain. */
  async until(holds: (events: readonly FollowedEvent[]) => boolean): Promise<void> {
    while (!holds(this.events)) await once(this.#arrived, 'event');
  }

  /** Waits until every partition's watermark has reached a time, ISO with microseconds. */
  untilWatermark(time: string): Promise<void> {
    return this.until((events) => {
      const watermarks = new Map<unknown, string>();
      let partitionCount = Number.POSITIVE_INFINITY;
      for (const { data } of events) {
        if (typeof data['watermark'] !== 'string') continue;
        watermarks.set(data['partition'], data['watermark']);
        partitionCount = Number(data['partitionCount']);
      }
      const reached = [...watermarks.values()].filter((watermark) => watermark >= time);
      return reached.length === partitionCount;
    });
  }

  ofType(type: string): FollowedEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}
