import type { Events } from '../../base/event-map.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { tableTopic } from '../../config/names.ts';
import { decodeRecord } from '../../log/decode-record.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { sendAgain } from '../../log/send-again.ts';
import type { AgainRecord } from '../../log/send-again.ts';
import { withAdmin } from '../../log/with-admin.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { Entry } from '../../model/row.ts';
import type { Sink } from '../../sinks/sink.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { readServerClock } from '../../watermark/server-clock.ts';
import { isArchived } from './collect-rejects.ts';
import { RecordFinder } from './find-record.ts';
import type { FoundRecord, RecordSource } from './find-record.ts';
import type { RejectEntry } from './reject-entry.ts';

/**
 * What became of one reject.
 *
 * - `sent`: the record went out once more; the archive makes a supplement of it, or rejects it again.
 * - `archived`: a shard holds the row already.
 * - `unfit`: it would be rejected for the same reason again.
 * - `gone`: neither the log nor the table holds it any more.
 */
export interface RetryOutcome {
  readonly entry: RejectEntry;
  readonly outcome: 'sent' | 'archived' | 'unfit' | 'gone';
  /** Where the record was taken from; null when it was not found or not needed. */
  readonly source: 'log' | 'table' | null;
  readonly detail: string;
}

export interface RetryRejectsOptions {
  readonly config: Config;
  readonly sink: Sink;
  readonly entries: readonly RejectEntry[];
  readonly source: RecordSource;
  readonly events: Events;
}

/** Records held in memory at once. */
const BATCH_MAX = 1_000;

/**
 * Sends rejected rows to their partitions once more.
 *
 * Safe to repeat: a row that stands in a shard is passed over here, and one that was sent twice is one row to the
 * archive.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_POSTGRES_UNREACHABLE, ERR_TABLE_INVALID.
 */
export async function* retryRejects(options: RetryRejectsOptions): AsyncGenerator<RetryOutcome> {
  const { config, entries } = options;
  const applicationName = `tidemark-rejects ${config.name}`;
  const clock = await withPostgres({ url: config.postgres.url, applicationName }, readServerClock);
  for (const table of config.tables) {
    const ofTable = entries.filter((entry) => entry.table === table.id);
    for (let from = 0; from < ofTable.length; from += BATCH_MAX)
      yield* await retryBatch({
        ...options,
        table,
        entries: ofTable.slice(from, from + BATCH_MAX),
        clock,
      });
  }
}

type BatchOptions = RetryRejectsOptions & { readonly table: TableConfig; readonly clock: Micros };

async function retryBatch(options: BatchOptions): Promise<RetryOutcome[]> {
  const { config, table, entries, events, clock } = options;
  const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
  return withAdmin(kafka, async (admin) => {
    const finder = await RecordFinder.open({ config, table, kafka, admin });
    try {
      const judged = await judgeAll(options, finder);
      const records = judged.flatMap(({ outcome, record }) => (outcome === 'sent' ? [againOf(record!)] : []));
      await sendAgain({ kafka, topic: tableTopic(config.name, table.id), records, clock });
      return judged.map(({ record, ...outcome }, i) => ({
        ...outcome,
        entry: entries[i]!,
        source: record?.source ?? null,
      }));
    } finally {
      await finder.close();
    }
  });
}

/** Only what decodes to a row is sent, so it has a value. */
function againOf({ partition, message }: FoundRecord): AgainRecord {
  return { partition, key: message.key, value: message.value! };
}

interface Judged extends Pick<RetryOutcome, 'outcome' | 'detail'> {
  readonly record: FoundRecord | undefined;
}

async function judgeAll(options: BatchOptions, finder: RecordFinder): Promise<Judged[]> {
  const { entries, source, table } = options;
  const decode = decodeRecord({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
  const inLog = source === 'table' ? new Map<RejectEntry, FoundRecord>() : await finder.inLog(entries);
  const judged: Judged[] = [];
  for (const entry of entries) {
    let record = inLog.get(entry);
    // A topic that was made anew holds other records at the same offsets.
    if (record !== undefined && !isSameRow(entry, decode(record.message))) record = undefined;
    if (record === undefined && source !== 'log') record = await finder.inTable(entry);
    judged.push(await judge({ ...options, entry, record, decode }));
  }
  return judged;
}

function isSameRow({ uid, createdAt }: RejectEntry, found: Entry): boolean {
  if (found.kind === 'mark') return false;
  if (found.kind === 'poison') return createdAt === null && (uid === null || found.uid === uid);
  return (uid === null || found.uid === uid) && (createdAt === null || found.createdAt === createdAt);
}

async function judge(
  options: BatchOptions & {
    readonly entry: RejectEntry;
    readonly record: FoundRecord | undefined;
    readonly decode: ReturnType<typeof decodeRecord>;
  },
): Promise<Judged> {
  const { record, table, clock, sink } = options;
  if (record === undefined)
    return { outcome: 'gone', record, detail: 'neither the log nor the table holds it any more' };
  const found = options.decode(record.message);
  if (found.kind !== 'row') {
    const detail = found.kind === 'poison' ? found.detail : 'a mark stands there';
    return { outcome: 'unfit', record, detail };
  }
  const earliest = (found.createdAt - table.window.aheadMaxMicros) as Micros;
  if (earliest > clock) {
    const detail = `created_at is too far ahead until ${formatMicros(earliest)}`;
    return { outcome: 'unfit', record, detail };
  }
  if (await isArchived(sink, { table: table.id, uid: found.uid, createdAt: found.createdAt }))
    return { outcome: 'archived', record, detail: 'a shard holds it already' };
  return { outcome: 'sent', record, detail: '' };
}
