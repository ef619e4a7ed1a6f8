import type { Config } from '../config/config.ts';
import { rejectsTopic, shardsTopic, tableTopic } from '../config/names.ts';
import type { TopicPlan } from '../log/topics.ts';

/** Events and rejects are for people and for consumers that come once a month at least. */
const EVENT_RETENTION_MIN_MS = 30 * 86_400_000;

/** Every topic of the archive: one a table, that of the events, that of the rejects. */
export function topicPlans(config: Config): TopicPlan[] {
  const { name, kafka, tables, cleanup } = config;
  const { replicationFactor } = kafka;
  const ofTables = tables.map((table) => ({
    topic: tableTopic(name, table.id),
    partitions: table.partitions,
    replicationFactor,
    retentionMs: Math.ceil(table.lagMicros / 1_000) + kafka.retentionMarginMs,
  }));
  // Whoever waits for so long before files are removed finds the event still there after an outage.
  const ofCleanup = cleanup.roots.length > 0 ? cleanup.afterMicros / 1_000 + kafka.retentionMarginMs : 0;
  const longest = Math.max(
    EVENT_RETENTION_MIN_MS,
    Math.ceil(ofCleanup),
    ...ofTables.map(({ retentionMs }) => retentionMs),
  );
  const ofEvents = [shardsTopic(name), rejectsTopic(name)].map((topic) => ({
    ...{ topic, partitions: 1, replicationFactor, retentionMs: longest },
  }));
  return [...ofTables, ...ofEvents];
}
