import type { TableRef } from '../model/table.ts';
import type { LogLevel } from './schema.ts';

/** The configuration as the program uses it: every default filled in, every number with its unit in its name. */
export interface Config {
  readonly name: string;
  readonly postgres: { readonly url: string; readonly slot: string; readonly publication: string };
  readonly kafka: {
    /** Empty where nothing but the batch path is used. */
    readonly brokers: readonly string[];
    readonly clientId: string;
    /** Null: without encryption, without a login. */
    readonly security: {
      readonly tls: KafkaTlsConfig | null;
      readonly sasl: KafkaSaslConfig | null;
    };
    readonly requestTimeoutMs: number;
    /** −1 leaves it to the brokers. */
    readonly replicationFactor: number;
    readonly retentionMarginMs: number;
  };
  readonly sink: {
    readonly url: string;
    /** Of no meaning with `file://`. */
    readonly s3: {
      readonly storageClass: string | null;
      readonly encryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | null;
      readonly kmsKey: string | null;
      readonly bucketKey: boolean;
      readonly partBytes: number;
      readonly requestsMax: number;
      readonly attemptsMax: number;
      readonly requestTimeoutMs: number;
      readonly sweepAfterMs: number;
    };
  };
  readonly tables: readonly TableConfig[];
  readonly marks: {
    readonly intervalMs: number;
    readonly marginMicros: number;
    readonly holdbackMaxMs: number;
    readonly ignoreApplications: readonly string[];
  };
  /** Null: capture reads the slot itself. */
  readonly debezium: DebeziumConfig | null;
  readonly capture: {
    readonly batchRowsMax: number;
    readonly batchBytesMax: number;
    readonly batchAgeMaxMs: number;
    readonly snapshotPageRowsMax: number;
    readonly silenceMaxMs: number;
  };
  readonly archive: {
    readonly workers: number;
    readonly sessionTimeoutMs: number;
    readonly rebalanceTimeoutMs: number;
  };
  readonly cleanup: CleanupConfig;
  readonly serve: {
    readonly host: string;
    readonly port: number;
    /** Null: where `host` can only be reached from this machine. */
    readonly console: boolean | null;
    readonly consoleHosts: readonly string[];
    /** Null: the console is read-only. */
    readonly consoleTokenFile: string | null;
  };
  readonly log: { readonly level: LogLevel };
}

export interface KafkaTlsConfig {
  /** A file, or `system`. */
  readonly ca: string;
  readonly cert: string | null;
  readonly key: string | null;
  readonly keyPasswordFile: string | null;
  readonly servername: string | null;
}

export interface KafkaSaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string | null;
  readonly passwordFile: string | null;
}

/** The connector whose topics are archived. */
export interface DebeziumConfig {
  /** `topic.prefix` of the connector. */
  readonly topicPrefix: string;
  /** Topics that are read for their times alone. */
  readonly heartbeatTopics: readonly string[];
}

/** What may become of source files that a shard holds. */
export interface CleanupConfig {
  /** Some of the `source.roots` of the tables, as they are written there; empty: nothing may be removed. */
  readonly roots: readonly string[];
  readonly afterMicros: number;
  /** Null deletes. */
  readonly moveTo: string | null;
  /** The same for objects in buckets. */
  readonly moveObjectsTo: string | null;
  readonly filesPerSecond: number;
}

export interface TableConfig {
  /** `schema.name`. */
  readonly id: string;
  readonly ref: TableRef;
  readonly createdAtTimeZone: string;
  /** The boolean that `tidemark sync-archived` sets; the table need not have it. */
  readonly archivedColumn: string;
  readonly payload: 'file' | 'row';
  readonly window: {
    readonly sizeMicros: number;
    readonly rowsMax: number;
    readonly bytesMax: number;
    readonly aheadMaxMicros: number;
    readonly lateRowsMax: number;
    readonly windowsMax: number;
  };
  readonly lagMicros: number;
  /** False when the file does not say it and `lagMicros` is the default: the batch path then goes by `lag_days`. */
  readonly isLagGiven: boolean;
  readonly latenessMicros: number;
  /** `lag − lateness`: how long rows wait in Kafka. */
  readonly holdMicros: number;
  readonly source: { readonly roots: readonly string[]; readonly requestsMax: number };
  readonly shard: {
    readonly bytesMax: number;
    readonly filesMax: number;
    readonly level: number;
    readonly frameBytes: number;
  };
  readonly partitions: number;
  /** Null: `<topicPrefix>.<schema>.<table>`. */
  readonly debeziumTopic: string | null;
  /** Null: the row of des_archive_config is found by the table's name. */
  readonly archiveConfigId: number | null;
}
