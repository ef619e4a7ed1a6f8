import { entry } from './catalogue-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { CONSOLE_ERRORS } from './console-errors.ts';
import { DEBEZIUM_ERRORS } from './debezium-errors.ts';
import { HTTP_ERRORS } from './http-errors.ts';
import { SECURITY_ERRORS } from './security-errors.ts';
import { SHARD_ERRORS } from './shard-errors.ts';
import { UID_ERRORS } from './uid-errors.ts';

/**
 * Every deliberate failure in one table. docs/errors.md is generated from it (npm run docs) and a test holds the
 * two together. Keep the entries in alphabetical order.
 */
export const CATALOGUE = {
  ERR_CLIENT_OPTION: entry(
    'What was given to `tidemark/client` cannot be used: a time that is none, a position of another stream, a stream that needs a table.',
    false,
    'Correct the option that is named; docs/client.md has them all.',
  ),
  ERR_CONFIG_INVALID: entry(
    'The configuration file cannot be used: a key is unknown, missing or has a wrong value. Every problem is listed with its path.',
    false,
    'Correct the listed keys; docs/configuration.md has every key with its default.',
  ),
  ERR_CONFIG_NOT_FOUND: entry(
    'There is no configuration file at the given path.',
    false,
    'Give its path with --config, or write tidemark.yaml; docs/configuration.md begins with a small one.',
  ),
  ...CONSOLE_ERRORS,
  ...DEBEZIUM_ERRORS,
  ERR_FENCED: entry(
    'Another process has taken over this partition or slot; what this process had not committed is void.',
    false,
    'Nothing to do: the new owner goes on. If it happens without a restart or rebalance, look for a second process with the same name.',
  ),
  ERR_FILTER_CORRUPT: entry(
    'A filter of uids does not have the bytes that were written. Nothing is lost or missed: `tidemark get` looks at the manifests that it covers instead, which takes longer.',
    false,
    'Move the named file away and run `tidemark index`, which writes it anew from the shards.',
  ),
  ERR_GROUP_ACTIVE: entry(
    'The archive is running: its consumer group has members, so its progress must not be moved.',
    false,
    'Stop every `tidemark archive` and `tidemark run` of this archive. One that was killed counts as a member until archive.sessionTimeout has passed.',
  ),
  ...HTTP_ERRORS,
  ERR_KAFKA_TRANSACTION: entry(
    'A Kafka transaction could not be committed; nothing of it is visible to readers.',
    true,
    'Nothing to do while it passes: the producer is replaced and the work is done again. If it lasts, look at the brokers.',
  ),
  ERR_KAFKA_UNREACHABLE: entry(
    'No Kafka broker of kafka.brokers answers.',
    true,
    'Start the brokers, or correct kafka.brokers; a long-running command goes on by itself once one answers.',
  ),
  ERR_LEDGER_UNBALANCED: entry(
    'A seal was refused because its rows do not add up: received is not archived + duplicates + rejected, or fewer rows arrived than the marks say were sent.',
    false,
    'Stop and keep the topic: rows may be missing from the log. Compare with `tidemark verify`, and report it with the log around this message.',
  ),
  ERR_LOG_TRUNCATED: entry(
    'The topic no longer holds rows that were not archived yet: its retention is too short, or it was made anew. They still stand in the table.',
    false,
    'In this order: stop capture and archive; `kafka-consumer-groups.sh --delete --group NAME-capture`; start capture and wait until it says `snapshot finished` (it reads the table again above archived_until, which must not move meanwhile); `kafka-consumer-groups.sh --reset-offsets --to-earliest --execute --group NAME-archive --topic TOPIC`; start archive. What is archived already comes out as duplicates. Rows that were late, at or below archived_until, are not read again: `tidemark reconcile` finds them. Then raise the retention of the topic above lag plus the longest outage.',
  ),
  ERR_METADATA_INVALID: entry(
    'The metadata of a committed offset is not ours: another tool has written offsets for this group. How far the partition was archived is not known from it.',
    false,
    'Find the tool that commits for this consumer group and stop it. Then stop every archive process, `kafka-consumer-groups.sh --delete --group NAME-archive`, and start them: the log is read again from its beginning, and what is archived already comes out as duplicates.',
  ),
  ERR_OUTPUT_UNAVAILABLE: entry(
    'A file cannot be written where it was asked for: disk full, no right to write there, read-only. The archive has no part in it.',
    false,
    'Make room or choose another folder; `tidemark extract --resume` then goes on with what is missing.',
  ),
  ERR_POSTGRES_UNREACHABLE: entry(
    'Postgres does not answer, or cuts the connection.',
    true,
    'Start it, or correct postgres.url; a long-running command goes on by itself once it answers.',
  ),
  ERR_PREREQUISITE: entry(
    'Something that Tidemark needs is missing or wrong in Postgres, Kafka or the sink.',
    false,
    'Run `tidemark check`: it lists each requirement with the command that mends it.',
  ),
  ERR_PROOF_INVALID: entry(
    'The proof does not hold: proof, file and digest do not belong together, or a byte of one of them was changed. It says nothing about the file.',
    false,
    'Take the digest from the shard-created event or the manifest (`sha256:` and 64 digits), the file as `tidemark get` wrote it, and the proof of the same call; if they still disagree, make the proof again from the archive.',
  ),
  ERR_PROOF_UNAVAILABLE: entry(
    'There is no proof of a single row of `payload: row`: the shard has one digest over all of its rows.',
    false,
    'Hand over the whole shard: its sha256 is the digest of the shard-created event.',
  ),
  ERR_PUBLICATION_CHANGED: entry(
    'The publication, or a table in it, was made anew or altered while capture ran: rows inserted meanwhile may not have come through the stream.',
    true,
    'Nothing to do: capture begins again and reads the table above archived_until; duplicates are removed. Rows that were late even then (created_at at or below archived_until) are found by `tidemark reconcile`.',
  ),
  ERR_PUBLICATION_INVALID: entry(
    'The publication is missing or does not publish what it must. Rows inserted meanwhile do not come through the stream.',
    false,
    'Run `tidemark init`, which makes or mends the publication, and start capture: the tables are read again above archived_until and duplicates are removed. Rows that were late even then (created_at at or below archived_until) are found by `tidemark reconcile`.',
  ),
  ...SECURITY_ERRORS,
  ...SHARD_ERRORS,
  ERR_SINK_UNAVAILABLE: entry(
    'The sink cannot be written or read: disk full, read-only, missing folder, I/O error; bucket missing, away, or closed to these credentials.',
    true,
    'Make room, mend the mount or the way to the bucket (`tidemark check` tries each right); the watermark of the partition waits and the seal is tried again by itself.',
  ),
  ERR_SLOT_IN_USE: entry(
    'The replication slot is read by another process; this one waits as a standby.',
    true,
    'Nothing to do for a standby. Otherwise end the other reader: `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots`.',
  ),
  ERR_SLOT_LOST: entry(
    'The replication slot is missing, or the server has removed WAL that it still needed. Rows inserted since its last position were not captured.',
    false,
    'Drop the slot and run `tidemark init`; the snapshot reads the rows above archived_until again and duplicates are removed. Rows that were late even then (created_at at or below archived_until) are found by `tidemark reconcile`.',
  ),
  ERR_SOURCE_UNAVAILABLE: entry(
    'Source files cannot be read for a reason that may pass: a root of tables[].source.roots is missing or was unmounted, an I/O error, too many open files; a bucket is missing, away, or closed to these credentials.',
    true,
    'Mount the root again, mend the disk or the way to the bucket (`tidemark check` tries each root); the watermark of the partition waits and the seal is tried again by itself.',
  ),
  ERR_STREAM_INVALID: entry(
    'What came out of the replication slot is no message of pgoutput that we know. Nothing of it was sent on.',
    false,
    'Look for a proxy between Tidemark and Postgres that changes what passes through it; otherwise report it with the versions of both.',
  ),
  ERR_TABLE_INVALID: entry(
    'The source table lacks a column, or a column has a type that cannot be archived.',
    false,
    'Name the columns in tables[].columns, or change the table; `tidemark check` lists what is wrong.',
  ),
  ERR_TABLE_LOCKED: entry(
    'Somebody holds a lock on the whole table under which no row of it may be changed: ALTER TABLE, VACUUM FULL, CREATE INDEX without CONCURRENTLY, LOCK TABLE.',
    true,
    'Wait until that is done, then run the command again: it goes on where it stopped. Who it is: `SELECT pid, query FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_locks WHERE relation = TABLE::regclass AND granted)`.',
  ),
  ERR_TABLE_PAUSED: entry(
    'Somebody has paused the archiving of the table at the console of this process. Its rows wait in Kafka, and its watermark stands.',
    true,
    'Let it go on at the same console, or start the process again: a pause does not outlive it. The retention of the topic goes on meanwhile.',
  ),
  ERR_TABLE_TAKEN: entry(
    'The table is being archived in another way: by the stream (`tidemark archive`, `run`) or by a batch cycle (`tidemark run-cycle`). Two at once would seal the same windows.',
    false,
    'Use one of the two for a table: end the one that is named, or wait until its cycle has ended, and start this one again.',
  ),
  ERR_TOPIC_INVALID: entry(
    'A topic is missing, or its partitions or retention do not fit the configuration.',
    false,
    'Run `tidemark init`; `tidemark check` names the exact difference.',
  ),
  ...UID_ERRORS,
  ERR_USAGE: entry('The command line cannot be understood.', false, 'Ask `tidemark COMMAND --help`.'),
  ERR_WAL_REWOUND: entry(
    'The WAL of the server ends before the position up to which it was captured already: it is another server, or one that was restored from a backup. Reading on would pass over new rows in silence.',
    false,
    'Correct postgres.url if it is the wrong server. Otherwise stop capture, delete its consumer group (`kafka-consumer-groups.sh --delete --group NAME-capture`), drop the slot and run `tidemark init`: the tables are read again above archived_until and duplicates are removed. Then compare with `tidemark reconcile`.',
  ),
  ERR_WINDOWS_FULL: entry(
    'More windows are open than memory may hold, and as many of them as an offset has room to remember have early parts already. Nothing is lost: the rows wait in the log.',
    false,
    'Give the partition more memory (window.bytesMax), or choose a larger window.size or a shorter lateness, and start again.',
  ),
  ERR_WINDOW_NOT_FOUND: entry(
    'No manifest on the sink is of this window: nothing of it was sealed, or its manifests were removed.',
    false,
    'See what there is with `tidemark ls --from T --to T`. A window whose manifests are gone is gathered again from the log by `tidemark adjust --to` its start.',
  ),
  ERR_WORKER_FAILED: entry(
    'A packing worker ended unexpectedly.',
    true,
    'Nothing to do once: the seal is tried again. If it repeats, look for an out-of-memory message of the system.',
  ),
  ERR_ZSTD_MISSING: entry(
    'The native binding of zstd-napi was not installed.',
    false,
    'Run `npm rebuild zstd-napi`; npm may have skipped install scripts (`npm install-scripts ls`).',
  ),
} as const satisfies Record<string, CatalogueEntry>;

/** The codes of docs/errors.md. */
export type ErrorCode = keyof typeof CATALOGUE;
