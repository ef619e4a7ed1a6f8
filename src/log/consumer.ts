import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import { offset } from '../model/offset.ts';
import { newAssignment } from './assignment.ts';
import type { Assignment } from './assignment.ts';
import { consumerSettings } from './consumer-settings.ts';
import { isKafkaOutage } from './kafka-outage.ts';
import type { PartitionHandler, PulledBatch } from './partition-handler.ts';

export interface LogConsumerOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly events: Events;
  readonly createHandler: (place: { topic: string; partition: number }) => PartitionHandler;
}

/** KafkaJS has tried for seconds already. */
const START_AGAIN_AFTER_MS = 1_000;

/** One batch under way and one ready behind it: the fetch of the next overlaps with the work. */
const PENDING_MAX = 2;

/**
 * A member of the archive group that gives each assigned partition to a handler of its own.
 *
 * A fetched batch is handed over, and the partition paused while its handler has two in hand, so KafkaJS's loop
 * never blocks: it goes on fetching the others and sending heartbeats however long a seal takes. With every
 * join all handlers are dropped; the first batch of a partition only starts its new handler.
 */
export class LogConsumer {
  readonly #options: LogConsumerOptions;
  readonly #consumer: Consumer;
  #assignments = new Map<string, Assignment>();
  #timers = new Set<NodeJS.Timeout>();
  #generation = 0;
  #stopping = false;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;

  constructor(options: LogConsumerOptions) {
    this.#options = options;
    this.#consumer = options.kafka.consumer(consumerSettings(options));
  }

  /** Resolves after {@link close}; rejects when a partition cannot go on or KafkaJS gives up. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Whoever awaits below sees a rejection; this only keeps Node quiet until then.
    ended.catch(() => undefined);
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, ({ payload }) => {
      const partitions = Object.values(payload.memberAssignment as Record<string, number[]>).flat().length;
      this.#onJoin(partitions);
    });
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#onCrash(payload.error);
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#fetch();
    await ended;
  }

  /** @param how `drain` lets every handler finish its unit; `stop` abandons it. */
  async close(how: 'drain' | 'stop'): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const handlers = [...this.#assignments.values()].map(({ handler }) => handler);
    await Promise.allSettled(
      handlers.map((handler) => (how === 'drain' ? handler.drain() : handler.revoke())),
    );
    this.#assignments.clear();
    await this.#consumer.disconnect();
    this.#finish();
  }

  /** Abandons what every handler has under way; cuts a `close('drain')` short. */
  async abandon(): Promise<void> {
    await Promise.allSettled([...this.#assignments.values()].map(({ handler }) => handler.revoke()));
  }

  #fetch(): Promise<void> {
    return this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.#onBatch(payload),
    });
  }

  /** KafkaJS gives up on some outages for good; the next join drops what the handlers have. */
  #onCrash(error: unknown): void {
    if (!isKafkaOutage(error)) return this.#fail(error);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopping) this.#inBackground(() => this.#fetch());
    }, START_AGAIN_AFTER_MS);
    this.#timers.add(timer);
  }

  #onJoin(partitions: number): void {
    this.#generation++;
    const dropped = [...this.#assignments.values()];
    this.#assignments.clear();
    for (const assignment of dropped) {
      assignment.revoked = true;
      this.#inBackground(() => assignment.handler.revoke());
    }
    const paused = this.#consumer.paused();
    if (paused.length > 0) this.#consumer.resume(paused);
    this.#options.events.emit('group:joined', { partitions, generation: this.#generation });
  }

  /** Must return quickly: it only hands over. */
  #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (this.#stopping || payload.isStale() || batch.messages.length === 0) return Promise.resolve();
    const place = { topic: batch.topic, partition: batch.partition };
    const key = `${place.topic}/${place.partition}`;
    const assignment = this.#assignments.get(key);
    if (assignment === undefined) {
      this.#pause(place);
      this.#inBackground(() => this.#startAssignment(this.#assign(key, place)));
      return Promise.resolve();
    }
    if (!assignment.ready || offset(batch.messages[0]!.offset) < assignment.from) return Promise.resolve();
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    if (++assignment.pending >= PENDING_MAX) this.#pause(place);
    const before = assignment.tail;
    assignment.tail = before.then(() => this.#consume(assignment, { messages: batch.messages }));
    this.#inBackground(() => assignment.tail);
    return Promise.resolve();
  }

  #assign(key: string, place: { topic: string; partition: number }): Assignment {
    const assignment = newAssignment(place, this.#options.createHandler(place));
    this.#assignments.set(key, assignment);
    return assignment;
  }

  async #startAssignment(assignment: Assignment): Promise<void> {
    try {
      assignment.ready = false;
      const from = await assignment.handler.start();
      if (assignment.revoked || this.#stopping) return;
      assignment.from = from;
      assignment.ready = true;
      const { topic, partition } = assignment;
      this.#consumer.seek({ topic, partition, offset: String(from) });
      this.#resume(assignment);
    } catch (error) {
      this.#startLater(assignment, error);
    }
  }

  /** A batch that was queued when the handler failed is dropped: the new start reads it again. */
  async #consume(assignment: Assignment, batch: PulledBatch): Promise<void> {
    if (assignment.ready && !assignment.revoked && !this.#stopping) {
      try {
        await assignment.handler.consume(batch);
      } catch (error) {
        assignment.pending--;
        this.#startLater(assignment, error);
        return;
      }
    }
    assignment.pending--;
    if (assignment.ready) this.#resume(assignment);
  }

  /** A failed partition starts anew from what is committed; only its handler may decide that the process ends. */
  #startLater(assignment: Assignment, error: unknown): void {
    if (assignment.revoked || this.#stopping) return;
    assignment.ready = false;
    this.#pause(assignment);
    const { delayMs } = assignment.handler.onFailure(error);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!assignment.revoked && !this.#stopping) this.#inBackground(() => this.#startAssignment(assignment));
    }, delayMs);
    this.#timers.add(timer);
  }

  #pause({ topic, partition }: { topic: string; partition: number }): void {
    this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  #resume({ topic, partition, revoked }: Assignment): void {
    if (!revoked && !this.#stopping) this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  #inBackground(act: () => Promise<void>): void {
    act().catch((error: unknown) => this.#fail(error));
  }
}
