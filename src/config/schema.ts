import * as z from 'zod';
import { cleanupSchema } from './cleanup-schema.ts';
import { debeziumSchema } from './debezium-schema.ts';
import { bytes, duration, integer } from './fields.ts';
import { postgresSchema } from './postgres-schema.ts';
import { kafkaSasl, kafkaSsl } from './security-schema.ts';
import { sinkSchema } from './sink-schema.ts';
import { tableSchema } from './table-schema.ts';

const kafka = z
  .strictObject({
    brokers: z
      .array(z.string().regex(/^([^\s,:]+:\d{1,5})(,[^\s,:]+:\d{1,5})*$/, 'host:port was expected'))
      .min(1, 'at least one broker must be named')
      .describe(
        'Where to find the cluster, `host:port` each; one item may hold several, joined by commas. Only `tidemark run-cycle` and what reads the archive do without.',
      )
      .optional(),
    clientId: z
      .string()
      .min(1)
      .describe('Name of the clients in the logs of the brokers.')
      .prefault('tidemark'),
    ssl: kafkaSsl,
    sasl: kafkaSasl,
    requestTimeout: duration({
      text: 'How long a broker may take to answer before the request counts as failed and is tried again.',
      min: 1_000_000,
    }).prefault('30s'),
    replicationFactor: integer({
      text: 'Copies of each topic that `tidemark init` makes; -1 leaves it to the brokers.',
      min: -1,
      max: 9,
    }).prefault(-1),
    retentionMargin: duration({
      text: 'What the retention of the row topics must have beyond `lag`: the longest outage that loses nothing.',
      min: 60_000_000,
    }).prefault('7d'),
  })
  .describe('The log between capture and archive.')
  .prefault({});

const marks = z
  .strictObject({
    interval: duration({ text: 'How often capture marks how far the table has come.', min: 10_000 }).prefault(
      '1s',
    ),
    margin: duration({ text: 'Taken off each mark, for clocks that step.' }).prefault('10ms'),
    holdbackMax: duration({
      text: 'A transaction open for longer no longer holds the marks back; its rows may then be late.',
      min: 1_000_000,
    }).prefault('10m'),
    ignoreApplications: z
      .array(z.string())
      .describe('Sessions with these application names insert nothing and hold no mark back.')
      .prefault(['pg_dump', 'pg_basebackup']),
  })
  .describe('The promises that capture sends through the log: every row up to T stands before here.')
  .prefault({});

const capture = z
  .strictObject({
    batchRowsMax: integer({ text: 'Rows in one Kafka transaction.', min: 1 }).prefault(4_000),
    batchBytesMax: bytes({
      text: 'Bytes in one Kafka transaction. Three of them are in memory at most.',
      min: 1_024,
    }).prefault('8MiB'),
    batchAgeMax: duration({
      text: 'Longest time that a row waits for company in its Kafka transaction.',
      min: 1_000,
    }).prefault('250ms'),
    snapshotPageRowsMax: integer({
      text: 'Rows that the snapshot reads at once; fewer where rows are large.',
      min: 1,
    }).prefault(5_000),
    silenceMax: duration({
      text: 'How long Postgres may be silent on a connection before it is looked at, and given up when it is dead.',
      min: 1_000_000,
    }).prefault('30s'),
  })
  .describe('Limits of `tidemark capture`.')
  .prefault({});

const archive = z
  .strictObject({
    workers: integer({
      text: 'Threads that pack. Default: the processors of the machine.',
      min: 1,
      max: 256,
    }).optional(),
    sessionTimeout: duration({
      text: 'Silence after which the group gives the partitions of a process to others.',
      min: 1_000_000,
    }).prefault('30s'),
    rebalanceTimeout: duration({
      text: 'Time that a process has to hand over its partitions.',
      min: 1_000_000,
    }).prefault('1m'),
  })
  .describe('The packing side, `tidemark archive`.')
  .prefault({});

const serve = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .describe('Address of `/metrics`, `/healthz` and `/readyz`.')
      .prefault('127.0.0.1'),
    port: integer({
      text: 'Their port; 0 takes a free one. `--port` and `--no-serve` have the last word.',
      max: 65_535,
    }).prefault(9_464),
    console: z
      .boolean()
      .describe(
        'Whether `run` and `archive` serve the [console](console.md) beside them. Default: where `host` is an address that only this machine can reach.',
      )
      .optional(),
    consoleHosts: z
      .array(z.string().regex(/^[a-z0-9.-]+$/, 'a name in lower case without a port was expected'))
      .describe('Names, besides addresses and `localhost`, by which browsers come to the console.')
      .prefault([]),
    consoleTokenFile: z
      .string()
      .min(1)
      .describe(
        'File of bearer tokens, one a line, with which rejects are retried, tables paused and windows replayed at the console. Without it the console is read-only.',
      )
      .optional(),
  })
  .describe('Metrics, health and console of the long-running commands.')
  .prefault({});

const log = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .describe('Least severity that is logged to standard error; `--log-level` has the last word.')
      .prefault('info'),
  })
  .describe('Logging.')
  .prefault({});

/** The whole file. docs/configuration.md and docs/tidemark.schema.json are made from it (npm run docs). */
export const fileSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9_-]{0,40}$/,
      'a lower-case letter, then lower-case letters, digits, _ or -, were expected',
    )
    .describe('Name of this archive: first part of its topics, consumer groups, slot and publication.')
    .prefault('tidemark'),
  postgres: postgresSchema,
  kafka,
  sink: sinkSchema,
  tables: z
    .array(tableSchema)
    .min(1, 'at least one table must be named')
    .describe(
      'What is archived. Tables share the slot and the publication; each has its own topic, window and lag.',
    ),
  marks,
  debezium: debeziumSchema.optional(),
  capture,
  archive,
  cleanup: cleanupSchema,
  serve,
  log,
});

export type ConfigFile = z.output<typeof fileSchema>;
export type LogLevel = ConfigFile['log']['level'];
