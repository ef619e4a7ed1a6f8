import type { Admin, Kafka } from 'kafkajs';
import { ArchivePartition } from './archive-partition.ts';
import type { Clock } from './base/clock.ts';
import { TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import type { TablePauses } from './base/table-pauses.ts';
import { waitOn } from './base/wait.ts';
import type { Config, TableConfig } from './config/config.ts';
import { archiveGroup, rejectsTopic, shardsTopic, tableTopic } from './config/names.ts';
import { writeEvents } from './log/cloud-events.ts';
import type { PartitionHandler } from './log/partition-handler.ts';
import { decodeRecord } from './log/decode-record.ts';
import { readGroupProgress } from './log/group-progress.ts';
import { PartitionCommitter } from './log/partition-committer.ts';
import type { Micros } from './model/micros.ts';
import type { Beginning } from './model/progress.ts';
import type { SealWindow } from './model/seal.ts';
import { splitDue } from './streams/gate.ts';
import { gatherWindows } from './streams/gather-windows.ts';
import { ArchivedUntilWriter } from './watermark/archived-until-writer.ts';
import { PartitionWorker } from './watermark/partition-worker.ts';
import type { ProgressLog } from './watermark/progress-log.ts';

/** The table's row in des_archive_config. */
export interface ArchivedUntilRow {
  read(): Promise<Micros>;
  /** One monotone UPDATE. */
  advance(to: Micros): Promise<void>;
}

export interface ArchiveTableOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly partitionCount: number;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly seal: SealWindow;
  /** What the shards say of a partition from a watermark on. */
  readonly findSealed: (place: {
    partition: number;
    partitionCount: number;
    watermark: Micros;
  }) => Promise<Beginning>;
  readonly row: ArchivedUntilRow;
  readonly pauses: TablePauses;
  readonly events: Events;
  readonly clock: Clock;
  /** The table cannot be archived any further: ends the process. */
  readonly onFailed: (error: TidemarkError) => void;
}

/** One table of the archive: a worker for each partition that the group assigns, and the row that they move. */
export class ArchiveTable {
  readonly #options: ArchiveTableOptions;
  readonly #writer: ArchivedUntilWriter;

  constructor(options: ArchiveTableOptions) {
    this.#options = options;
    const { config, table, partitionCount, admin, row, events } = options;
    this.#writer = new ArchivedUntilWriter({
      table: table.id,
      partitionCount,
      readWritten: () => row.read(),
      readCommitted: async () => {
        const place = { admin, groupId: archiveGroup(config.name), topic: tableTopic(config.name, table.id) };
        const progress = await readGroupProgress(place);
        if (progress.length > partitionCount) throw this.#giveUp();
        return progress.map((partition) => partition?.watermark ?? null);
      },
      advance: (to) => row.advance(to),
      events,
    });
  }

  /** What the group has committed may be ahead of the row: a process died between the two. */
  catchUp(): void {
    this.#writer.request();
  }

  /** @throws TidemarkError ERR_TOPIC_INVALID for a partition that the topic did not have when this process began. */
  createHandler(partition: number): PartitionHandler {
    const { config, table, partitionCount, pauses, events } = this.#options;
    if (partition >= partitionCount) throw partitionsAdded({ config, table, partitionCount });
    return new ArchivePartition({
      table: table.id,
      partition,
      worker: this.#createWorker(partition),
      decode: decodeRecord({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone }),
      sessionTimeoutMs: config.archive.sessionTimeoutMs,
      pauses,
      events,
    });
  }

  /** The row must not move without partitions of which we know nothing, and standing still in silence helps nobody. */
  #giveUp(): TidemarkError {
    const error = partitionsAdded(this.#options);
    this.#options.onFailed(error);
    return error;
  }

  drain(signal: AbortSignal): Promise<void> {
    return this.#writer.drain(signal);
  }

  stop(): Promise<void> {
    return this.#writer.stop();
  }

  #createWorker(partition: number): PartitionWorker {
    const { table, partitionCount, seal, findSealed, row, events, clock } = this.#options;
    return new PartitionWorker({
      table: table.id,
      partition,
      partitionCount,
      holdMicros: table.holdMicros,
      windowSizeMicros: table.window.sizeMicros,
      gather: (progress) =>
        gatherWindows({ ...table.window, latenessMicros: table.latenessMicros, progress }),
      splitDue,
      seal,
      log: this.#openLog(partition),
      begin: async () => findSealed({ partition, partitionCount, watermark: await row.read() }),
      onWatermark: () => this.#writer.request(),
      clock,
      waitUntil: waitOn(clock),
      events,
    });
  }

  #openLog(partition: number): ProgressLog {
    const { config, table, partitionCount, kafka, admin, clock } = this.#options;
    const topic = tableTopic(config.name, table.id);
    const committer = new PartitionCommitter({
      kafka,
      admin,
      groupId: archiveGroup(config.name),
      topic,
      partition,
    });
    const names = {
      name: config.name,
      table: table.id,
      partition,
      partitionCount,
      shardsTopic: shardsTopic(config.name),
      rejectsTopic: rejectsTopic(config.name),
    };
    return {
      open: () => committer.open(),
      commit: ({ seals, unit, progress }) =>
        committer.commit({
          messages: writeEvents(names, {
            seals,
            rejects: unit.rejects,
            watermark: progress.watermark,
            position: progress.position,
            time: clock.now(),
          }),
          progress,
        }),
      close: () => committer.close(),
    };
  }
}

function partitionsAdded(found: {
  readonly config: Config;
  readonly table: TableConfig;
  readonly partitionCount: number;
}): TidemarkError {
  const { config, table, partitionCount } = found;
  return new TidemarkError('ERR_TOPIC_INVALID', {
    detail: `topic ${tableTopic(config.name, table.id)} had ${partitionCount} partitions when this process began and has more now. Nothing is lost: their rows wait`,
    remedy: `Set the partitions of ${table.id} in the configuration to what \`tidemark check\` finds, and start capture and every archive process again.`,
  });
}
