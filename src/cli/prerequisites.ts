import type { ClientBase } from 'pg';
import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import { inspectPostgres, inspectTables } from '../capture/prerequisites.ts';
import { inspectPostgresTls } from '../capture/tls-requirements.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { inspectBrokers } from '../log/broker-requirements.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../log/kafka-client.ts';
import { inspectListeners } from '../log/listener-requirements.ts';
import { inspectTopics } from '../log/topic-requirements.ts';
import type { CycleStrategy } from '../model/cycle.ts';
import { isUnmet } from '../model/requirement.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Part } from '../serve/health.ts';
import { inspectArchiveConfig } from '../watermark/inspect-archive-config.ts';
import { requireArchivedColumn } from '../watermark/archived-column.ts';
import { withPostgres } from '../watermark/postgres-connection.ts';
import { inspectCleanup } from './cleanup/inspect-cleanup.ts';
import { inspectConnectorSide } from './inspect-connector.ts';
import { inspectRoots } from './inspect-roots.ts';
import { inspectSecrets } from './inspect-secrets.ts';
import { inspectArchivePlace } from './inspect-sink.ts';
import { mayComeBack, reached } from './reached.ts';
import { topicPlans } from './topic-plans.ts';

interface InspectOptions {
  readonly config: Config;
  /** What is going to run. */
  readonly parts: readonly Part[];
  /** Of the cycle, when there is one among the parts. */
  readonly strategy?: CycleStrategy;
  readonly events: Events;
}

/** What the parts need, found or not. A server that cannot be reached is one more thing that is not ok. */
export async function gatherRequirements(options: InspectOptions): Promise<Requirement[]> {
  const { config, parts, strategy = 'watermark' } = options;
  const groups: (() => Promise<Requirement[]>)[] = [];
  const postgres = (inspect: () => Promise<Requirement[]>) => groups.push(() => reached('postgres', inspect));
  if (parts.includes('capture')) postgres(() => inspectCaptureSide(config));
  if (parts.includes('cycle')) postgres(() => inspectCycleSide(config, strategy));
  const movesRow = parts.includes('archive') || parts.includes('cycle');
  // The clean-up reads no table and moves no watermark.
  const usesRow = parts.some((part) => part !== 'cleanup');
  if (usesRow) postgres(() => inspectPostgresTls(config.postgres.url));
  if (usesRow && strategy === 'watermark') postgres(() => inspectArchiveRows(config, movesRow));
  if (parts.some((part) => part !== 'cycle')) groups.push(...kafkaGroups(options));
  if (movesRow) {
    groups.push(
      () => reached(null, () => inspectArchivePlace(config.sink)),
      () => reached(null, () => inspectRoots(config)),
    );
  }
  if (parts.includes('cleanup')) groups.push(() => reached(null, () => inspectCleanup(config)));
  const found = [inspectSecrets(config), ...(await Promise.all(groups.map((inspect) => inspect())))];
  // Postgres may have been unreachable for two groups: one line says it.
  return [...new Map(found.flat().map((requirement) => [requirement.name, requirement])).values()];
}

function kafkaGroups({ config, parts, events }: InspectOptions): (() => Promise<Requirement[]>)[] {
  const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
  const { brokers, security } = config.kafka;
  const joinsGroup = parts.includes('archive') || parts.includes('cleanup');
  return [
    () => inspectListeners(brokers, security),
    () => reached('kafka', () => inspectTopics(kafka, topicPlans(config))),
    ...(joinsGroup ? [() => reached('kafka', () => inspectBrokers(kafka, config.archive))] : []),
  ];
}

/**
 * The check that a long-running command makes when it starts. What may pass by itself (a server that is away) does
 * not stop it: the stages wait for it.
 *
 * @throws TidemarkError ERR_PREREQUISITE with every failing requirement and what mends it.
 */
export async function requirePrerequisites(options: InspectOptions): Promise<void> {
  const failing = (await gatherRequirements(options)).filter(
    (requirement) => isUnmet(requirement) && !mayComeBack(requirement.name),
  );
  if (failing.length === 0) return;
  const lines = failing.map(
    ({ name, detail, remedy }) => `${name}: ${detail}${remedy === null ? '' : ` → ${remedy}`}`,
  );
  const count = failing.length === 1 ? '1 requirement is' : `${failing.length} requirements are`;
  throw new TidemarkError('ERR_PREREQUISITE', { detail: `${count} not met\n${lines.join('\n')}` });
}

export function inspectCaptureSide(config: Config): Promise<Requirement[]> {
  if (config.debezium !== null) return inspectConnectorSide(config, config.debezium);
  const { url: postgresUrl, slot, publication } = config.postgres;
  const tables = config.tables.map((table) => ({ ...table.ref, createdAtZone: table.createdAtTimeZone }));
  return inspectPostgres({ postgresUrl, slot, publication, tables });
}

/** What the batch path needs of Postgres: neither slot nor publication. */
export async function inspectCycleSide(config: Config, strategy: CycleStrategy): Promise<Requirement[]> {
  const { url } = config.postgres;
  const tables = config.tables.map((table) => ({
    ...table.ref,
    createdAtZone: table.createdAtTimeZone,
    isMarkedByUid: strategy === 'per-record',
  }));
  const found = await inspectTables({ postgresUrl: url, tables });
  if (strategy === 'watermark') return found;
  const applicationName = `tidemark-check ${config.name}`;
  const columns = await withPostgres({ url, applicationName }, async (client) => {
    const marked: Requirement[] = [];
    for (const table of config.tables) marked.push(await inspectArchivedColumn(client, table));
    return marked;
  });
  return [...found, ...columns];
}

async function inspectArchivedColumn(
  client: ClientBase,
  { id, ref, archivedColumn: column }: TableConfig,
): Promise<Requirement> {
  const about = { name: `table.${id}.archived`, severity: 'error' as const };
  try {
    await requireArchivedColumn(client, { table: ref, column });
    return { ...about, ok: true, detail: `${column} can be read in order, and set`, remedy: null };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return { ...about, ok: false, detail: error.detail, remedy: error.remedy };
  }
}

function inspectArchiveRows(config: Config, mustMove: boolean): Promise<Requirement[]> {
  const keys = config.tables.map(({ id, archiveConfigId }) => ({ table: id, id: archiveConfigId }));
  const applicationName = `tidemark-check ${config.name}`;
  return withPostgres({ url: config.postgres.url, applicationName }, (client) =>
    inspectArchiveConfig(client, { keys, mustMove }),
  );
}
