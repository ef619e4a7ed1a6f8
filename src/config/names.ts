import type { DebeziumConfig, TableConfig } from './config.ts';

/** Topics and groups of an archive, from its `name` (docs/architecture.md). */
export const tableTopic = (name: string, tableId: string): string => `${name}.${tableId}`;

/** Shard-created and window-sealed events; its partition 0 also carries capture's position. */
export const shardsTopic = (name: string): string => `${name}.shards`;

export const rejectsTopic = (name: string): string => `${name}.rejects`;

/** The group whose offsets hold capture's position. */
export const captureGroup = (name: string): string => `${name}-capture`;

/** The consumer group that shares the partitions. */
export const archiveGroup = (name: string): string => `${name}-archive`;

/** The group that removes the source files of one table: a table that stops holds up no other. */
export const cleanupGroup = (name: string, tableId: string): string => `${name}-cleanup.${tableId}`;

/** The topic to which Debezium's connector writes a table. */
export const sourceTopic = ({ topicPrefix }: DebeziumConfig, { id, debeziumTopic }: TableConfig): string =>
  debeziumTopic ?? `${topicPrefix}.${id}`;
