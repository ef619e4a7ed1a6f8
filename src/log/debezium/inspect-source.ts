import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import { TidemarkError } from '../../base/errors.ts';
import type { Requirement } from '../../model/requirement.ts';
import { readTopicOffsets, tailOf } from '../topic-offsets.ts';
import { TopicScanner } from '../topic-scanner.ts';
import { withAdmin } from '../with-admin.ts';
import { decodeBeat, decodeChange } from './decode-change.ts';
import type { SourceTable } from './source-table.ts';

/** Enough to meet a record of each kind that is usual. */
const RECORDS = 20;
/** An open transaction of the connector is not waited for to its end. */
const PATIENCE_MS = 10_000;

/**
 * What capture needs of the connector's topics: that they are there, and that their last records can be read.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE.
 */
export async function inspectSource(options: {
  readonly kafka: Kafka;
  readonly tables: readonly Omit<SourceTable, 'archivedUntil'>[];
  readonly heartbeatTopics: readonly string[];
}): Promise<Requirement[]> {
  const { kafka, tables, heartbeatTopics } = options;
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const found: Requirement[] = [];
    for (const table of tables) {
      const { topic } = table;
      const isThere = existing.has(topic);
      found.push(
        requirement({
          name: `debezium.${topic}`,
          ok: isThere,
          detail: isThere ? `the connector’s topic of ${table.table}` : 'the topic does not exist',
          remedy: `Start the connector, which makes it with the first record of ${table.table}, or make it yourself; debezium.topicPrefix or tables[].debeziumTopic may name another one.`,
        }),
      );
      const decode = decodeChange(table);
      if (isThere) found.push(await inspectRecords({ kafka, admin, topic, read: decode }));
    }
    const beats = heartbeatTopics.filter((topic) => existing.has(topic));
    found.push(
      requirement({
        name: 'debezium.heartbeats',
        ok: beats.length > 0,
        severity: 'warning',
        detail:
          beats.length > 0
            ? `read from ${beats.join(', ')}`
            : `${heartbeatTopics.join(', ') || 'no topic of heartbeats'} does not exist: while no row is inserted, windows stay open`,
        remedy:
          'Set heartbeat.interval.ms of the connector, best with heartbeat.action.query (docs/debezium.md).',
      }),
    );
    for (const topic of beats) found.push(await inspectRecords({ kafka, admin, topic, read: decodeBeat }));
    return found;
  });
}

async function inspectRecords(options: {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  readonly read: (message: KafkaMessage, place: { topic: string; partition: number }) => unknown;
}): Promise<Requirement> {
  const { kafka, admin, topic, read } = options;
  const offsets = await readTopicOffsets(admin, topic);
  const scanner = await TopicScanner.open({ kafka, admin, topic, purpose: 'tidemark-check' });
  let records = 0;
  let problem: TidemarkError | undefined;
  try {
    await scanner.scan({
      from: tailOf(offsets, RECORDS),
      until: offsets.end,
      signal: AbortSignal.timeout(PATIENCE_MS),
      visit: (message, partition) => {
        records++;
        problem ??= problemOf(() => read(message, { topic, partition }));
        return problem === undefined;
      },
    });
  } finally {
    await scanner.close();
  }
  return requirement({
    name: `debezium.${topic}.records`,
    ok: problem === undefined,
    detail: problem?.detail ?? `the last ${records} records can be read`,
    remedy: problem?.remedy ?? '',
  });
}

function problemOf(read: () => unknown): TidemarkError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
}

function requirement(found: {
  readonly name: string;
  readonly ok: boolean;
  readonly severity?: Requirement['severity'];
  readonly detail: string;
  readonly remedy: string;
}): Requirement {
  const { name, ok, severity = 'error', detail, remedy } = found;
  return { name, ok, severity, detail, remedy: ok ? null : remedy };
}
