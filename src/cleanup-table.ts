import type { Admin, Kafka } from 'kafkajs';
import { CleanupPartition } from './cleanup-partition.ts';
import type { Clock } from './base/clock.ts';
import { messageOf, TidemarkError } from './base/errors.ts';
import { Events } from './base/event-map.ts';
import { endsWithin } from './base/patience.ts';
import type { Stage } from './base/stage.ts';
import { waitOn } from './base/wait.ts';
import type { Config, TableConfig } from './config/config.ts';
import { cleanupGroup, shardsTopic } from './config/names.ts';
import { readCleanupStand } from './log/cleanup-stand.ts';
import { LogConsumer } from './log/consumer.ts';
import { createKafkaClient } from './log/kafka-client.ts';
import { isKafkaOutage } from './log/kafka-outage.ts';
import { readAnnounced } from './log/read-announced.ts';
import { requireTopic } from './log/require-topic.ts';
import { untilKafkaAnswers } from './log/until-kafka-answers.ts';
import type { Micros } from './model/micros.ts';
import { offset } from './model/offset.ts';
import type { Offset } from './model/offset.ts';
import type { Sink } from './sinks/sink.ts';
import { TableCleaner } from './table-cleaner.ts';

export interface CleanupTableOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  /** Ends when the shards that are announced and old enough now are done. */
  readonly once: boolean;
  readonly clock: Clock;
  readonly events: Events;
}

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;

/** How often it is looked whether all processes together are done. */
const LOOK_EVERY_MICROS = 250_000;

/** The clean-up of one table: a member of a group of its own, which shares the partitions of the events. */
export class CleanupTable implements Stage {
  readonly #options: CleanupTableOptions;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #ended = new AbortController();
  readonly #place: { readonly admin: Admin; readonly groupId: string; readonly topic: string };
  #consumer: LogConsumer | undefined;
  #ending: Promise<void> | undefined;

  constructor(options: CleanupTableOptions) {
    this.#options = options;
    const { config, table, events } = options;
    this.#kafka = createKafkaClient({ ...config.kafka, events });
    this.#admin = this.#kafka.admin();
    const groupId = cleanupGroup(config.name, table.id);
    this.#place = { admin: this.#admin, groupId, topic: shardsTopic(config.name) };
  }

  async run(): Promise<void> {
    const { table, events, once } = this.#options;
    const wait = {
      signal: this.#ended.signal,
      onWaiting: (waiting: { attempt: number; reason: string }) =>
        events.emit('cleanup:connecting', { table: table.id, ...waiting }),
    };
    let goal: ReadonlyMap<number, Offset> | undefined;
    try {
      await untilKafkaAnswers(async () => {
        await this.#admin.connect();
        await requireTopic(this.#admin, this.#place.topic);
        if (once) goal = await this.#findGoal();
      }, wait);
      if (goal?.size === 0) return;
      const consumer = this.#createConsumer();
      this.#consumer = consumer;
      await untilKafkaAnswers(() => consumer.connect(), wait);
      if (this.#ending !== undefined) return;
      await Promise.all([consumer.run(), goal === undefined ? undefined : this.#endBehind(goal)]);
    } finally {
      await this.#end('stop');
    }
  }

  drain(): Promise<void> {
    return this.#end('drain');
  }

  stop(): Promise<void> {
    return this.#end('stop');
  }

  #end(how: 'drain' | 'stop'): Promise<void> {
    this.#ended.abort(new Error('told to end'));
    this.#ending ??= this.#close(how);
    return this.#ending;
  }

  async #close(how: 'drain' | 'stop'): Promise<void> {
    await this.#consumer?.close(how);
    await endsWithin(CLOSE_WITHIN_MS, this.#admin.disconnect());
  }

  #createConsumer(): LogConsumer {
    const { config, table, sink, clock, events } = this.#options;
    const { groupId, topic } = this.#place;
    const cleaner = new TableCleaner({
      config,
      table,
      sink,
      admin: this.#admin,
      isDryRun: false,
      clock,
      events,
    });
    // Of its events there is one, and those who listen to the archive's must not take it for theirs.
    const joins = new Events();
    joins.on('group:joined', ({ partitions }) =>
      events.emit('cleanup:joined', { table: table.id, partitions }),
    );
    const consumer: LogConsumer = new LogConsumer({
      ...config.archive,
      ...{ kafka: this.#kafka, groupId, topics: [topic], events: joins },
      createHandler: ({ partition }) =>
        new CleanupPartition({
          ...{ table: table.id, partition, clock, events, waitUntil: waitOn(clock) },
          afterMicros: config.cleanup.afterMicros,
          readStart: async () => {
            const { next, notes } = await readCleanupStand(this.#place);
            return { next: next.get(partition) ?? offset(0), note: notes.get(partition) ?? '' };
          },
          clean: (shard, work) => cleaner.clean(shard, work),
          commit: ({ next, note }) =>
            consumer
              .commit({ topic, partition, offset: String(next), metadata: note })
              .catch((cause: unknown) => {
                throw commitFailure(`${groupId}, ${topic}/${partition}`, cause);
              }),
        }),
    });
    return consumer;
  }

  /** One past the last announcement that is old enough, of each partition that has one. */
  async #findGoal(): Promise<Map<number, Offset>> {
    const { table, config, clock, events } = this.#options;
    const { topic } = this.#place;
    let [dueShards, waitingShards, waitingFiles] = [0, 0, 0];
    const { next, end } = await readCleanupStand(this.#place);
    const dueBefore = clock.now() - config.cleanup.afterMicros;
    const goal = new Map<number, Offset>();
    const range = { from: next, until: end, signal: this.#ended.signal };
    for await (const piece of readAnnounced({
      ...{ kafka: this.#kafka, admin: this.#admin, topic, table: table.id, ...range },
    }))
      for (const { partition, offset: at, shard } of piece)
        if (shard.time <= dueBefore) {
          goal.set(partition, offset(at + 1));
          dueShards++;
        } else {
          waitingShards++;
          waitingFiles += shard.files;
        }
    events.emit('cleanup:planned', { table: table.id, dueShards, waitingShards, waitingFiles });
    return goal;
  }

  /** Whoever of the group's processes does it. */
  async #endBehind(goal: ReadonlyMap<number, Offset>): Promise<void> {
    const { clock } = this.#options;
    const isBehind = async (): Promise<boolean> => {
      try {
        const { next } = await readCleanupStand(this.#place);
        return [...goal].every(([partition, at]) => (next.get(partition) ?? 0) >= at);
      } catch (error) {
        // The consumer waits for the brokers too, and says so.
        if (isKafkaOutage(error)) return false;
        throw error;
      }
    };
    while (!this.#ended.signal.aborted && !(await isBehind()))
      await waitOn(clock)((clock.now() + LOOK_EVERY_MICROS) as Micros, this.#ended.signal).catch(
        () => undefined,
      );
    await this.#end('drain');
  }
}

/** A member that the group has given up, or that has to join anew, starts from what is committed. */
function commitFailure(what: string, cause: unknown): TidemarkError {
  const code = isKafkaOutage(cause) ? 'ERR_KAFKA_UNREACHABLE' : 'ERR_FENCED';
  return new TidemarkError(code, { detail: `commit for ${what}: ${messageOf(cause)}`, cause });
}
