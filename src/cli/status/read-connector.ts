import { Events } from '../../base/event-map.ts';
import type { Config, DebeziumConfig } from '../../config/config.ts';
import { captureGroup, sourceTopic } from '../../config/names.ts';
import { readSourceOffsets } from '../../log/debezium/source-codec.ts';
import { readGroupState } from '../../log/group-members.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { withAdmin } from '../../log/with-admin.ts';
import type { ConnectorReport } from './status-report.ts';

/**
 * Who reads the connector's topics, and how much of the tables' topics is not read yet.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE.
 */
export async function readConnector(config: Config, debezium: DebeziumConfig): Promise<ConnectorReport> {
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  const group = captureGroup(config.name);
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const topics = config.tables.map((table) => sourceTopic(debezium, table));
    const present = topics.filter((topic) => existing.has(topic));
    const { members } = await readGroupState(admin, group);
    const committed = await readSourceOffsets(admin, { group, topics: present });
    let unreadRecords = 0;
    for (const topic of present) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const left = committed.find((source) => source.topic === topic && source.partition === partition);
        unreadRecords += Math.max(0, Number(high) - (left?.next ?? Number(low)));
      }
    }
    const reader = members.find(({ partitions }) => partitions.size > 0)?.host ?? null;
    return {
      topicPrefix: debezium.topicPrefix,
      reader,
      standbys: members.length - (reader === null ? 0 : 1),
      unreadRecords,
    };
  });
}
