import type { Kafka } from 'kafkajs';
import { Events } from '../../base/event-map.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { archiveGroup, captureGroup, tableTopic } from '../../config/names.ts';
import { readCaptureSnapshots } from '../../log/capture-snapshots.ts';
import { readGroupProgress } from '../../log/group-progress.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { readPartitionMarks } from '../../log/partition-marks.ts';
import { requireTopic } from '../../log/require-topic.ts';
import { withAdmin } from '../../log/with-admin.ts';
import type { SnapshotState } from '../../model/capture-position.ts';
import type { ArchiveConfigRow } from '../../watermark/archive-config.ts';
import type { PartitionFacts, TableFacts } from './facts.ts';
import { markNeeded } from './partition-stand.ts';
import { reading } from './reading.ts';
import { readPartitionEvents } from './read-partition-events.ts';
import type { PartitionEvents } from './read-partition-events.ts';

interface TableFactsOptions {
  readonly config: Config;
  readonly archiveConfig: ReadonlyMap<string, ArchiveConfigRow>;
  readonly isKafkaThere: boolean;
}

/** Each table as Kafka shows it; with Kafka away only what Postgres knows. */
export async function readTableFacts(options: TableFactsOptions): Promise<TableFacts[]> {
  const { config, archiveConfig, isKafkaThere } = options;
  if (!isKafkaThere) return config.tables.map((table) => baseOf(config, table, archiveConfig));
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  const [events, snapshots] = await Promise.all([
    reading(() => readPartitionEvents(config)),
    reading(() => withAdmin(kafka, (admin) => readCaptureSnapshots(admin, captureOf(config)))),
  ]);
  return Promise.all(
    config.tables.map(async (table) => {
      const base = baseOf(config, table, archiveConfig);
      const partitions = await reading(() =>
        readPartitions({ kafka, config, base, events: 'value' in events ? events.value : new Map() }),
      );
      const snapshot = 'value' in snapshots ? snapshots.value.get(table.id) : undefined;
      const problem = [partitions, snapshots].find((found) => 'problem' in found)?.problem ?? null;
      return {
        ...base,
        snapshot: snapshot === undefined || snapshot.done ? null : shown(snapshot),
        partitions: 'value' in partitions ? partitions.value : [],
        problem,
      };
    }),
  );
}

function captureOf({ name, tables }: Config) {
  return { name, group: captureGroup(name), tables: tables.map(({ id }) => id) };
}

function shown({ rows, key }: SnapshotState): TableFacts['snapshot'] {
  return { rows, reached: key?.createdAt ?? null };
}

function baseOf(
  { name }: Config,
  { id, window, lagMicros, latenessMicros }: TableConfig,
  archiveConfig: ReadonlyMap<string, ArchiveConfigRow>,
): TableFacts {
  return {
    ...{ table: id, topic: tableTopic(name, id), lagMicros, latenessMicros },
    ...{ sizeMicros: window.sizeMicros, archivedUntil: archiveConfig.get(id)?.archivedUntil ?? null },
    ...{ snapshot: null, partitions: [], problem: null },
  };
}

function readPartitions(options: {
  readonly kafka: Kafka;
  readonly config: Config;
  readonly base: TableFacts;
  readonly events: ReadonlyMap<string, PartitionEvents>;
}): Promise<PartitionFacts[]> {
  const { kafka, config, base, events } = options;
  const { table, topic, archivedUntil } = base;
  const groupId = archiveGroup(config.name);
  return withAdmin(kafka, async (admin) => {
    await requireTopic(admin, topic);
    const progress = await readGroupProgress({ admin, groupId, topic });
    const watermarks = progress.map((partition) => partition?.watermark ?? archivedUntil);
    const needed = watermarks.map((watermark) => (watermark === null ? null : markNeeded(base, watermark)));
    const marks = await readPartitionMarks({ kafka, admin, topic, purpose: `${groupId}-explain`, needed });
    return marks.map(({ last, reaching }, partition) => ({
      partition,
      watermark: watermarks[partition] ?? null,
      lastMark: last,
      closingClock: reaching?.clock ?? null,
      lastCommitAt: events.get(`${table}/${partition}`)?.lastCommitAt ?? null,
      trouble: events.get(`${table}/${partition}`)?.trouble ?? null,
    }));
  });
}
