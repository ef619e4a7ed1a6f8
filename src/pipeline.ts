import { ArchiveStage } from './archive-stage.ts';
import { systemClock } from './base/clock.ts';
import type { Clock } from './base/clock.ts';
import type { Events } from './base/event-map.ts';
import type { Stage } from './base/stage.ts';
import { TablePauses } from './base/table-pauses.ts';
import { createCapture as createCaptureStage } from './capture/capture.ts';
import type { Config, TableConfig } from './config/config.ts';
import { CleanupStage } from './cleanup-stage.ts';
import type { CleanupStageOptions } from './cleanup-stage.ts';
import { DebeziumStage } from './debezium-stage.ts';
import { CycleStage } from './cycle-stage.ts';
import type { CycleStageOptions } from './cycle-stage.ts';
import { FilterKeeper, withFilters } from './filter-keeper.ts';
import { EventPublisher } from './log/event-publisher.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './log/kafka-client.ts';
import { TransactionalWriter } from './log/transactional-writer.ts';
import { MICROS_PER_MS } from './model/micros.ts';
import { writeFilters } from './sinks/filter/write-filters.ts';
import { openSink } from './sinks/open-sink.ts';
import { findSealed } from './sinks/read/find-sealed.ts';
import type { Sink } from './sinks/sink.ts';
import { watchSink } from './sinks/watched-sink.ts';
import { createTableSealer } from './table-sealer.ts';
import { TroubleReports } from './trouble-reports.ts';
import { ArchivedUntilRows } from './watermark/archived-until-row.ts';
import { SharedLocks } from './watermark/shared-locks.ts';

/**
 * The machine on one page: the only place that joins the stages.
 *
 * ```
 *  capture        WAL ──▶ rows and marks ──▶ one Kafka transaction with capture's position
 *                                                   │ tidemark.<table>, N partitions
 *  (or Debezium's topics ──▶ the same, with the connector's offsets: log)
 *                                                   │
 *  archive        gate ──▶ gather ──▶ seal ──▶ one Kafka transaction: events, rejects, offset, watermark
 *                 streams   streams   sinks     log                          │
 *                                               watermark ◀──────────────────┘  one UPDATE a window
 *
 *  cycle          the table, page by page ──▶ gather ──▶ seal ──▶ one UPDATE a cycle; no Kafka
 *                 capture                     streams    sinks    watermark
 *
 *  both           a day is over ──▶ the uids of its shards ──▶ a filter beside its manifests (sinks)
 *
 *  cleanup        the events that announce shards ──▶ shard read back ──▶ source files removed ──▶ offset committed
 *                 log                                 sinks                                        log
 * ```
 */
export interface PipelineOptions {
  readonly config: Config;
  readonly events: Events;
  readonly toolVersion: string;
  readonly clock?: Clock;
  /** By which the console holds tables of this process. */
  readonly pauses?: TablePauses;
}

/** Postgres → Kafka: what `tidemark capture` runs. */
export function createCapture({ config, events }: PipelineOptions): Stage {
  const { name, postgres, kafka, marks, debezium, capture, tables } = config;
  const rows = new ArchivedUntilRows({
    url: postgres.url,
    applicationName: `tidemark-capture ${name}`,
    events,
  });
  const archivedUntil = (table: TableConfig) => rows.read({ table: table.id, id: table.archiveConfigId });
  if (debezium !== null)
    return closing(new DebeziumStage({ config, debezium, archivedUntil, events }), () => rows.close());
  const log = new TransactionalWriter({
    kafka: createKafkaClient({ ...kafka, events }),
    name,
    tables: tables.map(({ id }) => id),
  });
  const stage = createCaptureStage({
    postgresUrl: postgres.url,
    slot: postgres.slot,
    publication: postgres.publication,
    tables: tables.map((table) => ({
      ...table.ref,
      createdAtZone: table.createdAtTimeZone,
      archivedUntil: () => archivedUntil(table),
    })),
    log,
    marks: { ...marks, marginMs: Math.ceil(marks.marginMicros / MICROS_PER_MS) },
    limits: capture,
    events,
  });
  return closing(stage, () => rows.close());
}

function closing(stage: Stage, close: () => Promise<void>): Stage {
  return {
    run: () => stage.run().finally(close),
    drain: () => stage.drain(),
    stop: () => stage.stop(),
  };
}

/** Kafka → shards: what `tidemark archive` runs. */
export function createArchive(options: PipelineOptions): Stage {
  const { config, events, toolVersion, clock = systemClock } = options;
  const sink = watchSink(openSink(config.sink.url, { ...config.sink, events }), events);
  const applicationName = `tidemark-archive ${config.name}`;
  const rows = new ArchivedUntilRows({ url: config.postgres.url, applicationName, events });
  const troubles = new TroubleReports({
    ...{ name: config.name, events, clock },
    publisher: new EventPublisher({
      kafka: createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES }),
    }),
  });
  const tables = config.tables.map(({ id }) => id);
  const locks = new SharedLocks({ url: config.postgres.url, applicationName, tables, events });
  const stage = new ArchiveStage({
    config,
    createSealer: (table) => createTableSealer({ config, table, sink, toolVersion, events }),
    findSealed: (place) => findSealed(sink, place),
    rowOf: (table) => {
      const key = { table: table.id, id: table.archiveConfigId };
      return { read: () => rows.read(key), advance: (to) => rows.advance(key, to) };
    },
    pauses: options.pauses ?? new TablePauses({ events, clock }),
    events,
    clock,
    close: async () => {
      await troubles.close();
      await rows.close();
    },
  });
  const locked = {
    run: () => runLocked(stage, locks),
    drain: () => stage.drain(),
    stop: () => stage.stop(),
  };
  return withFilters(locked, keepFilters({ config, events, sink, isAlone: false }));
}

/** Postgres → shards without Kafka: what `tidemark run-cycle` runs. */
export function createCycle(
  options: PipelineOptions &
    Pick<CycleStageOptions, 'tables' | 'strategy' | 'batchRows' | 'dryRun' | 'everyMs' | 'onReport'>,
): Stage {
  const { config, events, toolVersion, clock = systemClock } = options;
  const sink = watchSink(openSink(config.sink.url, { ...config.sink, events }), events);
  const stage = new CycleStage({
    ...options,
    clock,
    sink,
    createSealer: (table) => createTableSealer({ config, table, sink, toolVersion, events }),
  });
  return options.dryRun ? stage : withFilters(stage, keepFilters({ config, events, sink, isAlone: true }));
}

/** Windows sealed → days that are over → their uid filters, beside everything else. */
function keepFilters(parts: {
  readonly config: Config;
  readonly events: Events;
  readonly sink: Sink;
  readonly isAlone: boolean;
}): FilterKeeper {
  const { config, events, sink, isAlone } = parts;
  return new FilterKeeper({
    tables: config.tables,
    events,
    isAlone,
    write: (day) => writeFilters({ sink, ...day }),
  });
}

/** Events → source files removed: what `tidemark cleanup` runs. */
export function createCleanup(
  options: Omit<PipelineOptions, 'toolVersion'> & Pick<CleanupStageOptions, 'tables' | 'once'>,
): Stage {
  const { config, events, clock = systemClock } = options;
  return new CleanupStage({
    ...options,
    clock,
    sink: watchSink(openSink(config.sink.url, { ...config.sink, events }), events),
  });
}

/** A table that somebody archives in another way ends the stage, at its start or when that is found out later. */
async function runLocked(stage: Stage, locks: SharedLocks): Promise<void> {
  await locks.open();
  const refusals: unknown[] = [];
  const stopped = locks.refused.catch((error: unknown) => {
    refusals.push(error);
    return stage.stop();
  });
  try {
    await stage.run();
    if (refusals.length > 0) await stopped;
  } finally {
    await locks.close();
  }
  if (refusals.length > 0) throw refusals[0];
}
