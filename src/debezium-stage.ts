import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { TidemarkError } from './base/errors.ts';
import { Events } from './base/event-map.ts';
import { endsWithin } from './base/patience.ts';
import type { Stage } from './base/stage.ts';
import type { Config, DebeziumConfig, TableConfig } from './config/config.ts';
import { captureGroup, sourceTopic } from './config/names.ts';
import type { Place } from './log/assignment.ts';
import { LogConsumer } from './log/consumer.ts';
import { DebeziumPartition } from './log/debezium/debezium-partition.ts';
import { DebeziumSession } from './log/debezium/debezium-session.ts';
import { createKafkaClient } from './log/kafka-client.ts';
import { isKafkaOutage } from './log/kafka-outage.ts';
import { TransactionalWriter } from './log/transactional-writer.ts';
import { untilKafkaAnswers } from './log/until-kafka-answers.ts';
import type { Micros } from './model/micros.ts';

export interface DebeziumStageOptions {
  readonly config: Config;
  readonly debezium: DebeziumConfig;
  readonly archivedUntil: (table: TableConfig) => Promise<Micros>;
  readonly events: Events;
}

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * `tidemark capture` where Debezium's connector reads the WAL: its topics → our own log, with marks
 * (docs/decisions/0155-debeziums-records-are-copied.md). One process reads them all, others stand by.
 */
export class DebeziumStage implements Stage {
  readonly #options: DebeziumStageOptions;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #ended = new AbortController();
  #consumer: LogConsumer | undefined;
  #session: Promise<DebeziumSession> | undefined;
  #marking: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(options: DebeziumStageOptions) {
    this.#options = options;
    this.#kafka = createKafkaClient({ ...options.config.kafka, events: options.events });
    this.#admin = this.#kafka.admin();
  }

  /** @throws TidemarkError ERR_DEBEZIUM_RECORD, ERR_DEBEZIUM_TRUNCATED, ERR_TOPIC_INVALID, ERR_METADATA_INVALID. */
  async run(): Promise<void> {
    const { signal } = this.#ended;
    const retry = (waiting: { attempt: number; reason: string }) =>
      this.#options.events.emit('capture:reconnecting', { ...waiting, delayMs: 0 });
    let topics: string[] = [];
    try {
      await untilKafkaAnswers(
        async () => {
          await this.#admin.connect();
          topics = await this.#findTopics();
        },
        { signal, onWaiting: retry },
      );
      if (signal.aborted) return;
      const consumer = this.#createConsumer(topics);
      this.#consumer = consumer;
      await untilKafkaAnswers(() => consumer.connect(), { signal, onWaiting: retry });
      if (this.#ending !== undefined) return;
      this.#marking = this.#sendMarks(signal).catch((error: unknown) => consumer.fail(error));
      await consumer.run().catch(rethrowOfSource);
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
    if (this.#ending === undefined) this.#ending = this.#close(how);
    else if (how === 'stop') void this.#consumer?.abandon();
    return this.#ending;
  }

  async #close(how: 'drain' | 'stop'): Promise<void> {
    await this.#consumer?.close(how);
    // A request to a client that is closed would open it again.
    await endsWithin(CLOSE_WITHIN_MS, this.#marking);
    await this.#endSession();
    await endsWithin(CLOSE_WITHIN_MS, this.#admin.disconnect());
  }

  /** Those of the tables must be there; heartbeats that nobody sends are missed by `tidemark check`. */
  async #findTopics(): Promise<string[]> {
    const { config, debezium } = this.#options;
    const existing = new Set(await this.#admin.listTopics());
    const ofTables = config.tables.map((table) => sourceTopic(debezium, table));
    const missing = ofTables.filter((topic) => !existing.has(topic));
    if (missing.length > 0) {
      throw new TidemarkError('ERR_TOPIC_INVALID', {
        detail: `the connector's ${missing.join(', ')} does not exist`,
        remedy:
          'Start the connector, which makes a topic with its first record, or make it yourself; debezium.topicPrefix and tables[].debeziumTopic must name it.',
      });
    }
    return [...ofTables, ...debezium.heartbeatTopics.filter((topic) => existing.has(topic))];
  }

  #createConsumer(topics: readonly string[]): LogConsumer {
    const { config, events } = this.#options;
    // Those who listen to the archive's joins must not take these for them.
    const joins = new Events();
    joins.on('group:joined', ({ partitions, generation }) => {
      if (partitions === 0) events.emit('debezium:waiting', { generation });
    });
    return new LogConsumer({
      ...config.archive,
      ...{ kafka: this.#kafka, groupId: captureGroup(config.name), topics, events: joins, isSole: true },
      createHandler: (place: Place) =>
        new DebeziumPartition({
          place,
          sessionTimeoutMs: config.archive.sessionTimeoutMs,
          openSession: () => this.#openSession(topics),
          endSession: () => this.#endSession(),
          onRetry: (told) => events.emit('capture:reconnecting', told),
        }),
    });
  }

  /** One for all partitions: whoever comes first after a failure opens it anew. */
  async #openSession(topics: readonly string[]): Promise<DebeziumSession> {
    const before = this.#session;
    const current = await before?.catch(() => undefined);
    if (current !== undefined && !current.hasFailed) return current;
    if (this.#session === before) {
      const { config, debezium, archivedUntil, events } = this.#options;
      this.#session = DebeziumSession.open({
        writer: new TransactionalWriter({
          kafka: this.#kafka,
          name: config.name,
          tables: config.tables.map(({ id }) => id),
          sources: topics,
        }),
        admin: this.#admin,
        tables: config.tables.map((table) => ({
          table: table.id,
          topic: sourceTopic(debezium, table),
          columns: table.ref.columns,
          createdAtZone: table.createdAtTimeZone,
          archivedUntil: () => archivedUntil(table),
        })),
        beatTopics: topics.filter((topic) => debezium.heartbeatTopics.includes(topic)),
        rowsMax: config.capture.batchRowsMax,
        events,
      });
      void current?.close();
    }
    return this.#session!;
  }

  async #endSession(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.close();
  }

  /** A mark that cannot be written fails with its transaction, which the partitions take up. */
  async #sendMarks(signal: AbortSignal): Promise<void> {
    const { intervalMs } = this.#options.config.marks;
    while (!signal.aborted) {
      const session = await this.#session?.catch(() => undefined);
      if (session !== undefined && !session.hasFailed) {
        await session.mark().catch((error: unknown) => {
          if (!session.hasFailed && !isKafkaOutage(error)) throw error;
        });
      }
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The consumer speaks of our own log, whose rows capture can read again. */
function rethrowOfSource(error: unknown): never {
  if (error instanceof TidemarkError && error.code === 'ERR_LOG_TRUNCATED') {
    throw new TidemarkError('ERR_DEBEZIUM_TRUNCATED', { detail: error.detail, cause: error });
  }
  throw error;
}
