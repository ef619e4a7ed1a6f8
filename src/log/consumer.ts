import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent } from 'kafkajs';
import { endsWithin } from '../base/patience.ts';
import { Assignments } from './assignments.ts';
import type { Place } from './assignment.ts';
import { watchClock } from './clock-watch.ts';
import type { LogConsumerOptions } from './consumer-options.ts';
import { consumerSettings } from './consumer-settings.ts';
import { isKafkaOutage, NotAMember } from './kafka-outage.ts';
import { forbidJumps, requireInRange } from './out-of-range.ts';
import { findMissingTopics } from './missing-topics.ts';

/** What a handler has to let go of when it is told to stop. */
const STOP_WITHIN_MS = 2_000;
/** Without a word the others wait for the session timeout; but a broker that is away hears none. */
const LEAVE_WITHIN_MS = 5_000;
/** KafkaJS has tried for seconds already. */
const START_AGAIN_AFTER_MS = 1_000;

/**
 * A member of the archive group that gives each assigned partition to a handler of its own.
 *
 * A fetched batch is only handed over ({@link Assignments}), so KafkaJS's loop never blocks: it goes on fetching
 * the other partitions and sending heartbeats however long a seal takes.
 */
export class LogConsumer {
  readonly #options: LogConsumerOptions;
  readonly #consumer: Consumer;
  readonly #assignments: Assignments;
  #generation = 0;
  /** KafkaJS refuses to pause, resume and seek while it is not. */
  #isMember = false;
  #isConnected = false;
  #startAgain: NodeJS.Timeout | undefined;
  #isStopping = false;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;

  constructor(options: LogConsumerOptions) {
    this.#options = options;
    this.#consumer = options.kafka.consumer(
      consumerSettings({
        ...options,
        holding: () => this.#assignments.holding,
        mayStartAgain: () => this.#mayStartAgain(),
      }),
    );
    this.#assignments = new Assignments({
      createHandler: options.createHandler,
      inBackground: (act) => this.#inBackground(act),
      fetching: {
        pause: ({ topic, partition }) =>
          this.#isMember && this.#consumer.pause([{ topic, partitions: [partition] }]),
        resume: ({ topic, partition }) =>
          this.#isMember && this.#consumer.resume([{ topic, partitions: [partition] }]),
        seek: (place) => this.#isMember && this.#consumer.seek(place),
      },
    });
  }

  /** @throws what KafkaJS throws while no broker answers; may then be called again. */
  async connect(): Promise<void> {
    if (this.#isConnected) return;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    this.#isConnected = true;
  }

  /** Resolves after {@link close}; rejects when a partition cannot go on or KafkaJS gives up. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Whoever awaits below sees a rejection; this only keeps Node quiet until then.
    ended.catch(() => undefined);
    const releases = [
      this.#consumer.on(this.#consumer.events.GROUP_JOIN, (event) => this.#onJoin(event)),
      this.#consumer.on(this.#consumer.events.STOP, () => (this.#isMember = false)),
      this.#consumer.on(this.#consumer.events.CRASH, (event) => this.#onCrash(event)),
      // Of transaction markers too, which no handler ever sees.
      this.#consumer.on(this.#consumer.events.END_BATCH_PROCESS, ({ payload }) =>
        this.#assignments.passed(payload),
      ),
      forbidJumps(this.#options.groupId, (place) => this.#onOutOfRange(place)),
      watchClock(() => this.#inBackground(() => this.#joinAgain())),
    ];
    try {
      await this.connect();
      await this.#fetchAgain();
      await ended;
    } finally {
      for (const release of releases) release();
    }
  }

  /**
   * @param how `drain` lets every handler finish its unit, within the time that the group allows; `stop` abandons it.
   * What does not end even then, because Kafka is away, is left to the next start.
   */
  async close(how: 'drain' | 'stop'): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#startAgain);
    const isDrained =
      how === 'drain' && (await endsWithin(this.#options.rebalanceTimeoutMs, this.#assignments.drain()));
    if (!isDrained) await this.abandon();
    await endsWithin(LEAVE_WITHIN_MS, this.#consumer.disconnect());
    this.#finish();
  }

  /** For groups whose offsets are no part of a transaction. @throws what KafkaJS throws, and for no member. */
  async commit(at: Place & { readonly offset: string; readonly metadata: string }): Promise<void> {
    if (!this.#isMember) throw new NotAMember();
    await this.#consumer.commitOffsets([at]);
  }

  /** Ends {@link run} with an error. */
  fail(error: unknown): void {
    this.#fail(error);
  }

  /** Abandons what every handler has under way; cuts a `close('drain')` short. */
  async abandon(): Promise<void> {
    await endsWithin(STOP_WITHIN_MS, this.#assignments.revoke());
  }

  async #fetchAgain(): Promise<void> {
    if (this.#isStopping) return;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => {
        const isOurs = !this.#isStopping && !payload.isStale() && payload.batch.messages.length > 0;
        if (isOurs) this.#assignments.take(payload);
        return Promise.resolve();
      },
    });
  }

  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    this.#isMember = true;
    const places = Object.entries(payload.memberAssignment as Record<string, number[]>).flatMap(
      ([topic, partitions]) => partitions.map((partition) => ({ topic, partition })),
    );
    this.#options.events.emit('group:joined', { partitions: places.length, generation: ++this.#generation });
    if (this.#isStopping) return;
    try {
      this.#assignments.join(payload.memberId, places);
    } catch (error) {
      this.#fail(error);
    }
  }

  #onCrash({ payload }: ConsumerCrashEvent): void {
    this.#isMember = false;
    if (payload.restart) return;
    // KafkaJS gives up on some outages for good.
    if (!isKafkaOutage(payload.error)) this.#fail(payload.error);
    else if (!this.#isStopping)
      this.#startAgain = setTimeout(() => this.#inBackground(() => this.#fetchAgain()), START_AGAIN_AFTER_MS);
  }

  /** KafkaJS has given up trying. What passes by itself is tried again, a topic that is gone does not come back. */
  async #mayStartAgain(): Promise<boolean> {
    this.#isMember = false;
    if (this.#isStopping) return false;
    const missing = await findMissingTopics(this.#options.kafka, this.#options.topics);
    if (missing !== undefined) this.#fail(missing);
    return missing === undefined;
  }

  /** A fetch that began before its partition was told where to go on counts for nothing: it asked for another place. */
  #onOutOfRange(place: Place): void {
    const sought = this.#assignments.nextOf(place);
    if (sought === undefined || !this.#isMember) return;
    this.#consumer.pause([{ topic: place.topic, partitions: [place.partition] }]);
    this.#inBackground(async () => {
      await requireInRange(this.#options.kafka, { ...place, sought });
      this.#assignments.fetchAgain(place);
    });
  }

  /** As a new member, whose heartbeats go by the clock as it is now. */
  async #joinAgain(): Promise<void> {
    if (!this.#isMember || this.#isStopping) return;
    await this.#consumer.stop();
    await this.#fetchAgain();
  }

  #inBackground(act: () => Promise<void>): void {
    act().catch((error: unknown) => this.#fail(error));
  }
}
