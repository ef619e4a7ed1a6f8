import { Events } from '../base/event-map.ts';
import { inspectTables } from '../capture/prerequisites.ts';
import type { Config, DebeziumConfig } from '../config/config.ts';
import { sourceTopic } from '../config/names.ts';
import { inspectSource } from '../log/debezium/inspect-source.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../log/kafka-client.ts';
import type { Requirement } from '../model/requirement.ts';

/** What capture needs where Debezium's connector reads the WAL: the tables' columns, and the connector's topics. */
export async function inspectConnectorSide(config: Config, debezium: DebeziumConfig): Promise<Requirement[]> {
  const tables = config.tables.map((table) => ({ ...table.ref, createdAtZone: table.createdAtTimeZone }));
  const ofTables = await inspectTables({ postgresUrl: config.postgres.url, tables });
  return [...ofTables, ...(await inspectConnector(config, debezium))];
}

function inspectConnector(config: Config, debezium: DebeziumConfig): Promise<Requirement[]> {
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  const tables = config.tables.map((table) => ({
    table: table.id,
    topic: sourceTopic(debezium, table),
    columns: table.ref.columns,
    createdAtZone: table.createdAtTimeZone,
  }));
  return inspectSource({ kafka, tables, heartbeatTopics: debezium.heartbeatTopics });
}
