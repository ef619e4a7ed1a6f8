import type { Admin } from 'kafkajs';
import { ArchiveTable } from './archive-table.ts';
import type { ArchivedUntilRow, ArchiveTableOptions } from './archive-table.ts';
import type { Clock } from './base/clock.ts';
import { TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import type { TablePauses } from './base/table-pauses.ts';
import { endsWithin } from './base/patience.ts';
import type { Stage } from './base/stage.ts';
import type { Config, TableConfig } from './config/config.ts';
import { archiveGroup, tableTopic } from './config/names.ts';
import { LogConsumer } from './log/consumer.ts';
import { createKafkaClient } from './log/kafka-client.ts';
import { untilKafkaAnswers } from './log/until-kafka-answers.ts';
import type { KafkaWait } from './log/until-kafka-answers.ts';
import type { Beginning } from './model/progress.ts';
import type { Sealer } from './sinks/sealer.ts';

export interface ArchiveStageOptions {
  readonly config: Config;
  readonly createSealer: (table: TableConfig) => Sealer;
  readonly findSealed: (
    place: Parameters<ArchiveTableOptions['findSealed']>[0] & { table: string },
  ) => Promise<Beginning>;
  readonly rowOf: (table: TableConfig) => ArchivedUntilRow;
  /** Which tables wait because somebody has said so. */
  readonly pauses: TablePauses;
  readonly events: Events;
  readonly clock: Clock;
  /** Ends what the stage was given: connections, worker threads. */
  readonly close: () => Promise<void>;
}

/**
 * `tidemark archive`: one member of the consumer group for all tables.
 *
 * `run` → group joined → partitions archived until `drain` (units under way are finished, the row in Postgres
 * follows) or `stop` (abandoned).
 */
export class ArchiveStage implements Stage {
  readonly #options: ArchiveStageOptions;
  readonly #tables = new Map<string, ArchiveTable>();
  readonly #sealers: Sealer[] = [];
  #consumer: LogConsumer | undefined;
  #admin: Admin | undefined;
  #ending: Promise<void> | undefined;
  readonly #ended = new AbortController();

  constructor(options: ArchiveStageOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { config, events } = this.#options;
    const kafka = createKafkaClient({ ...config.kafka, events });
    const admin = kafka.admin();
    this.#admin = admin;
    const wait: KafkaWait = {
      signal: this.#ended.signal,
      onWaiting: (waiting) => events.emit('archive:waiting', waiting),
    };
    await untilKafkaAnswers(async () => {
      await admin.connect();
      for (const table of config.tables) await this.#openTable(table, { kafka, admin });
    }, wait);
    const { sessionTimeoutMs, rebalanceTimeoutMs } = config.archive;
    const consumer = new LogConsumer({
      kafka,
      groupId: archiveGroup(config.name),
      topics: [...this.#tables.keys()],
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      events,
      createHandler: ({ topic, partition }) => this.#tables.get(topic)!.createHandler(partition),
    });
    this.#consumer = consumer;
    try {
      await untilKafkaAnswers(() => consumer.connect(), wait);
      if (this.#ending === undefined) await consumer.run();
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

  /** A stop that comes while a drain is under way cuts it short. */
  #end(how: 'drain' | 'stop'): Promise<void> {
    this.#ended.abort(new Error('told to end'));
    if (this.#ending === undefined) this.#ending = this.#close(how);
    else if (how === 'stop') return this.#cutShort(this.#ending);
    return this.#ending;
  }

  async #cutShort(ending: Promise<void>): Promise<void> {
    const tables = [...this.#tables.values()].map((table) => table.stop());
    await Promise.allSettled([this.#consumer?.abandon(), ...tables]);
    await ending;
  }

  async #close(how: 'drain' | 'stop'): Promise<void> {
    await this.#consumer?.close(how);
    const signal = AbortSignal.timeout(ROW_FOLLOWS_WITHIN_MS);
    for (const table of this.#tables.values()) {
      const followed = how === 'drain' ? table.drain(signal) : table.stop();
      await Promise.race([followed, endsWithin(ROW_FOLLOWS_WITHIN_MS + CLOSE_WITHIN_MS, followed)]);
    }
    await Promise.allSettled(this.#sealers.map((sealer) => sealer.close()));
    if (this.#admin !== undefined) await endsWithin(CLOSE_WITHIN_MS, this.#admin.disconnect());
    await this.#options.close();
  }

  async #openTable(
    table: TableConfig,
    clients: Pick<ConstructorParameters<typeof ArchiveTable>[0], 'kafka' | 'admin'>,
  ) {
    const { config, createSealer, findSealed, rowOf, pauses, events, clock } = this.#options;
    const topic = tableTopic(config.name, table.id);
    if (this.#tables.has(topic)) return;
    const partitionCount = await countPartitions(clients.admin, topic);
    const sealer = createSealer(table);
    this.#sealers.push(sealer);
    const opened = new ArchiveTable({
      ...clients,
      config,
      table,
      partitionCount,
      seal: sealer.seal,
      findSealed: (place) => findSealed({ table: table.id, ...place }),
      row: rowOf(table),
      onFailed: (error) => this.#consumer?.fail(error),
      pauses,
      events,
      clock,
    });
    this.#tables.set(topic, opened);
    opened.catchUp();
  }
}

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;

/** Postgres may be away while we shut down; the next start lets the row follow. */
const ROW_FOLLOWS_WITHIN_MS = 5_000;

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const count = topics[0]?.partitions.length ?? 0;
  if (count > 0) return count;
  throw new TidemarkError('ERR_TOPIC_INVALID', {
    detail: `topic ${topic} does not exist`,
    remedy: 'Run `tidemark init`.',
  });
}
