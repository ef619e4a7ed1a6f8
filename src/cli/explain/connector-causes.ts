import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { ConnectorReport } from '../status/status-report.ts';
import { formatCount } from '../text-table.ts';
import { isSilent, lastMarkText, partitionsWithoutMarks, unmetCauses } from './capture-causes.ts';
import type { Cause } from './explanation.ts';
import type { Facts, Reading, TableFacts } from './facts.ts';
import { lateFor } from './partition-stand.ts';

/** What keeps rows and marks from coming into our log where Debezium's connector reads the WAL. Pure. */
export function connectorCauses(facts: Facts, connector: Reading<ConnectorReport>): Cause[] {
  // Kafka is away then, which is said already.
  if ('problem' in connector) return [];
  const silent = facts.tables.filter((table) => isConnectorSilent(facts, table));
  const causes = [...downCauses(facts, connector.value)];
  if (causes.length === 0) causes.push(...silent.map((table) => silentCause(facts, connector.value, table)));
  if (causes.length > 0 && 'value' in facts.postgres)
    causes.push(...unmetCauses(facts, facts.postgres.value));
  for (const table of facts.tables) {
    if (!isSilent(facts, table)) causes.push(...partitionsWithoutMarks(facts, table));
  }
  return causes;
}

/** Without rows a mark is as old as the heartbeat before the last one. */
const HEARTBEATS_MICROS = 60 * MICROS_PER_SECOND;

function isConnectorSilent(facts: Facts, table: TableFacts): boolean {
  if (!isSilent(facts, table)) return false;
  const clocks = table.partitions.map(({ lastMark }) => lastMark?.clock ?? 0);
  return facts.now - Math.max(...clocks) > HEARTBEATS_MICROS || lateFor(facts, table, 'mark').length > 0;
}

function downCauses(facts: Facts, { topicPrefix, reader }: ConnectorReport): Cause[] {
  if (reader !== null) return [];
  return [
    {
      ...{ code: 'capture-down', table: null, partition: null },
      holds: facts.tables.some((table) => lateFor(facts, table, 'mark').length > 0),
      detail: `nobody reads the topics of connector ${topicPrefix}: capture is not running, or does not come to it`,
      remedy: 'tidemark capture (or tidemark run); if it runs, its log says what it waits for',
    },
  ];
}

function silentCause(
  facts: Facts,
  { topicPrefix, unreadRecords }: ConnectorReport,
  table: TableFacts,
): Cause {
  const about = {
    ...{ table: table.table, partition: null },
    holds: lateFor(facts, table, 'mark').length > 0,
  };
  const last = lastMarkText(facts, table);
  if (unreadRecords > 0) {
    return {
      ...{ ...about, code: 'marks-missing' },
      detail: `${last}, and ${formatCount(unreadRecords)} records of connector ${topicPrefix} are not read yet`,
      remedy: 'nothing while the number goes down (tidemark status); otherwise look at the log of capture',
    };
  }
  return {
    ...{ ...about, code: 'connector-silent' },
    detail: `${last}: connector ${topicPrefix} has sent neither a row nor a heartbeat since, or it reads a snapshot`,
    remedy:
      'look at the connector (GET /connectors/NAME/status of Kafka Connect), at its replication slot, and whether heartbeat.interval.ms is set (docs/debezium.md)',
  };
}
