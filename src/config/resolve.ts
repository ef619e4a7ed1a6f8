import { availableParallelism } from 'node:os';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '../model/micros.ts';
import type { Config, DebeziumConfig, TableConfig } from './config.ts';
import { resolveKafkaSecurity, resolvePostgresUrl } from './resolve-security.ts';
import type { ConfigFile } from './schema.ts';
import type { SinkFile } from './sink-schema.ts';
import { LAG_DEFAULT_MICROS } from './table-schema.ts';
import type { TableFile } from './table-schema.ts';

const LATENESS_DEFAULT_MICROS = 60 * MICROS_PER_SECOND;

/** From a valid file to the configuration that the program uses: fills in what depends on other keys. */
export function resolveConfig(file: ConfigFile): Config {
  const { name, postgres, kafka, marks, capture, archive, cleanup, serve } = file;
  const databaseName = name.replaceAll('-', '_');
  return {
    name,
    postgres: {
      url: resolvePostgresUrl(postgres),
      slot: postgres.slot ?? databaseName,
      publication: postgres.publication ?? databaseName,
    },
    kafka: {
      brokers: (kafka.brokers ?? []).flatMap((item) => item.split(',')),
      clientId: kafka.clientId,
      security: resolveKafkaSecurity(kafka),
      requestTimeoutMs: ms(kafka.requestTimeout),
      replicationFactor: kafka.replicationFactor,
      retentionMarginMs: ms(kafka.retentionMargin),
    },
    sink: resolveSink(file.sink),
    tables: file.tables.map(resolveTable),
    marks: {
      intervalMs: ms(marks.interval),
      marginMicros: marks.margin,
      holdbackMaxMs: ms(marks.holdbackMax),
      ignoreApplications: marks.ignoreApplications,
    },
    debezium: resolveDebezium(file.debezium),
    capture: {
      batchRowsMax: capture.batchRowsMax,
      batchBytesMax: capture.batchBytesMax,
      batchAgeMaxMs: ms(capture.batchAgeMax),
      snapshotPageRowsMax: capture.snapshotPageRowsMax,
      silenceMaxMs: ms(capture.silenceMax),
    },
    archive: {
      workers: archive.workers ?? availableParallelism(),
      sessionTimeoutMs: ms(archive.sessionTimeout),
      rebalanceTimeoutMs: ms(archive.rebalanceTimeout),
    },
    cleanup: {
      roots: cleanup.roots,
      afterMicros: cleanup.after,
      moveTo: cleanup.moveTo ?? null,
      moveObjectsTo: cleanup.moveObjectsTo ?? null,
      filesPerSecond: cleanup.filesPerSecond,
    },
    serve: {
      ...serve,
      console: serve.console ?? null,
      consoleTokenFile: serve.consoleTokenFile ?? null,
    },
    log: file.log,
  };
}

function resolveDebezium(debezium: ConfigFile['debezium']): DebeziumConfig | null {
  if (debezium === undefined) return null;
  const { topicPrefix, heartbeatTopics } = debezium;
  return { topicPrefix, heartbeatTopics: heartbeatTopics ?? [`__debezium-heartbeat.${topicPrefix}`] };
}

function resolveSink({ url, s3 }: SinkFile): Config['sink'] {
  return {
    url,
    s3: {
      storageClass: s3.storageClass ?? null,
      encryption: s3.encryption ?? null,
      kmsKey: s3.kmsKey ?? null,
      bucketKey: s3.bucketKey,
      partBytes: s3.partBytes,
      requestsMax: s3.requestsMax,
      attemptsMax: s3.attemptsMax,
      requestTimeoutMs: ms(s3.requestTimeout),
      sweepAfterMs: ms(s3.sweepAfter),
    },
  };
}

function resolveTable(table: TableFile): TableConfig {
  const [schema, name] = table.name.split('.') as [string, string];
  const { uid, createdAt, fileLocation, sizeBytes, archived } = table.columns;
  const files = table.payload === 'file';
  const lagMicros = table.lag ?? LAG_DEFAULT_MICROS;
  const latenessMicros = table.lateness ?? Math.min(LATENESS_DEFAULT_MICROS, lagMicros);
  return {
    id: table.name,
    ref: {
      schema,
      name,
      columns: {
        uid,
        createdAt,
        fileLocation: files ? fileLocation : null,
        sizeBytes: files ? sizeBytes : null,
      },
    },
    createdAtTimeZone: table.createdAt.timeZone,
    archivedColumn: archived,
    payload: table.payload,
    window: {
      sizeMicros: table.window.size,
      rowsMax: table.window.rowsMax,
      bytesMax: table.window.bytesMax,
      aheadMaxMicros: table.window.aheadMax,
      lateRowsMax: table.window.lateRowsMax,
      windowsMax: table.window.windowsMax,
    },
    lagMicros,
    isLagGiven: table.lag !== undefined,
    latenessMicros,
    holdMicros: lagMicros - latenessMicros,
    source: table.source,
    shard: table.shard,
    partitions: table.partitions,
    debeziumTopic: table.debeziumTopic ?? null,
    archiveConfigId: table.archiveConfigId ?? null,
  };
}

/** Whole milliseconds, at least one where there was anything at all. */
function ms(micros: number): number {
  return Math.ceil(micros / MICROS_PER_MS);
}
