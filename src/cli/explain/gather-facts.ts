import type { Clock } from '../../base/clock.ts';
import { Events } from '../../base/event-map.ts';
import { hasSnapshotSession, readHoldingTransactions } from '../../capture/holding-transactions.ts';
import { withSession } from '../../capture/postgres-session.ts';
import type { Config } from '../../config/config.ts';
import { archiveGroup } from '../../config/names.ts';
import { readGroupState } from '../../log/group-members.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { inspectTopics } from '../../log/topic-requirements.ts';
import { withAdmin } from '../../log/with-admin.ts';
import type { ArchiveConfigRow } from '../../watermark/archive-config.ts';
import { isUnmet } from '../../model/requirement.ts';
import { inspectCaptureSide } from '../prerequisites.ts';
import { readSlotReport } from '../probes.ts';
import { readConnector } from '../status/read-connector.ts';
import { topicPlans } from '../topic-plans.ts';
import { readArchiveConfig } from '../read-archive-config.ts';
import type { Facts, KafkaFacts, PostgresFacts } from './facts.ts';
import { reading } from './reading.ts';
import { readTableFacts } from './table-facts.ts';

/**
 * Looks at Postgres and Kafka from outside of the processes. A server that is away is a fact, not an exception.
 *
 * @param clock should agree with those of the servers; it is asked once everything is read.
 */
export async function gatherFacts(config: Config, clock: Clock): Promise<Facts> {
  const [postgres, archiveConfig, kafka] = await Promise.all([
    reading(() => readPostgres(config)),
    reading(() => readArchiveConfig(config)),
    reading(() => readKafka(config)),
  ]);
  const { intervalMs, holdbackMaxMs } = config.marks;
  const tables = await readTableFacts({
    config,
    archiveConfig: 'value' in archiveConfig ? archiveConfig.value : new Map<string, ArchiveConfigRow>(),
    isKafkaThere: 'value' in kafka,
  });
  const { debezium } = config;
  const connector = debezium && (await reading(() => readConnector(config, debezium)));
  const seen = connector === null ? {} : { connector };
  return { now: clock.now(), marks: { intervalMs, holdbackMaxMs }, postgres, kafka, tables, ...seen };
}

async function readPostgres(config: Config): Promise<PostgresFacts> {
  const { url } = config.postgres;
  const sessions = await withSession({ url, purpose: 'explain' }, async (client) => ({
    open: await readHoldingTransactions(client, config.marks.ignoreApplications),
    isSnapshotRead: await hasSnapshotSession(client),
  }));
  return {
    ...sessions,
    slot: await readSlotReport(config),
    unmet: (await inspectCaptureSide(config)).filter(isUnmet),
  };
}

async function readKafka(config: Config): Promise<KafkaFacts> {
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  const group = await withAdmin(kafka, (admin) => readGroupState(admin, archiveGroup(config.name)));
  return { group, unmet: (await inspectTopics(kafka, topicPlans(config))).filter(isUnmet) };
}
