import type { ClientBase } from 'pg';
import { systemClock } from '../base/clock.ts';
import { Events } from '../base/event-map.ts';
import { inspectTables } from '../capture/prerequisites.ts';
import { createPublication, createSlot } from '../capture/setup.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../log/kafka-client.ts';
import { ensureTopics } from '../log/topics.ts';
import { withAdmin } from '../log/with-admin.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { floorToWindow, windowOf } from '../model/window.ts';
import { ensureArchiveConfig, ensureArchiveConfigTable } from '../watermark/archive-config.ts';
import { readOldestCreatedAt } from '../watermark/oldest-row.ts';
import { withPostgres } from '../watermark/postgres-connection.ts';
import { topicPlans } from './topic-plans.ts';

/** One thing that `init` looked after. */
export interface InitStep {
  readonly what: string;
  readonly state: 'made' | 'there' | 'mended' | 'missing';
  readonly detail: string;
}

export type Beginning = 'oldest' | 'now' | Micros;

/**
 * Makes what is missing and leaves alone what is there, in an order that may break off anywhere and be repeated:
 * topics before the slot, so that nothing holds WAL back in vain; the watermark before the slot, so that
 * no row between the two is missed.
 */
export async function initialise(options: { config: Config; begin: Beginning }): Promise<InitStep[]> {
  const { config, begin } = options;
  const { url: postgresUrl, slot, publication } = config.postgres;
  const topics = await initTopics(config);
  const rows = await initArchiveConfig(config, begin);
  // The connector has a slot and a publication of its own.
  if (config.debezium !== null) return [...topics, ...rows];
  const setup = { postgresUrl, slot, publication, tables: config.tables.map(({ ref }) => ref) };
  const published = await createPublication(setup);
  const slotMade = await createSlot(setup);
  return [
    ...topics,
    ...rows,
    { what: `publication ${publication}`, state: published ? 'made' : 'there', detail: '' },
    { what: `slot ${slot}`, state: slotMade ? 'made' : 'there', detail: '' },
  ];
}

async function initTopics(config: Config): Promise<InitStep[]> {
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  const plans = topicPlans(config);
  const before = new Set(await withAdmin(kafka, (admin) => admin.listTopics()));
  await ensureTopics(kafka, plans);
  return plans.map(({ topic, partitions, retentionMs }) => ({
    what: `topic ${topic}`,
    state: before.has(topic) ? 'there' : 'made',
    detail: `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, kept ${Math.round(retentionMs / 3_600_000)} h`,
  }));
}

/**
 * What the batch path needs: a row of des_archive_config for each table. An index is only recommended, since making one
 * on a large table is nothing to do by the way.
 */
export async function initialiseBatch(options: { config: Config; begin: Beginning }): Promise<InitStep[]> {
  const { config, begin } = options;
  const rows = await initArchiveConfig(config, begin);
  const tables = config.tables.map((table) => ({ ...table.ref, createdAtZone: table.createdAtTimeZone }));
  const found = await inspectTables({ postgresUrl: config.postgres.url, tables });
  const indexes = found
    .filter(({ name }) => name.endsWith('.index'))
    .map(({ name, ok, remedy }): InitStep => {
      const what = `index of ${name.slice('table.'.length, -'.index'.length)}`;
      return { what, state: ok ? 'there' : 'missing', detail: remedy ?? '' };
    });
  return [...rows, ...indexes];
}

function initArchiveConfig(config: Config, begin: Beginning): Promise<InitStep[]> {
  const applicationName = `tidemark-init ${config.name}`;
  return withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
    const made = await ensureArchiveConfigTable(client);
    const steps: InitStep[] = [
      { what: 'table des_archive_config', state: made ? 'made' : 'there', detail: '' },
    ];
    for (const table of config.tables) steps.push(await initRow({ client, table, begin }));
    return steps;
  });
}

async function initRow(options: {
  client: ClientBase;
  table: TableConfig;
  begin: Beginning;
}): Promise<InitStep> {
  const { client, table, begin } = options;
  const start = await startOf({ client, table, begin });
  const key = { table: table.id, id: table.archiveConfigId };
  const { row, made } = await ensureArchiveConfig({ client, key, lagMicros: table.lagMicros, start });
  return {
    what: `watermark of ${table.id}`,
    state: made ? 'made' : 'there',
    detail: `archived until ${formatMicros(row.archivedUntil)} (id ${row.id})`,
  };
}

/** Always the edge of a window: everything up to it counts as archived. */
async function startOf(options: {
  client: ClientBase;
  table: TableConfig;
  begin: Beginning;
}): Promise<Micros> {
  const { client, table, begin } = options;
  const { sizeMicros } = table.window;
  if (typeof begin === 'number') return floorToWindow(begin, sizeMicros);
  if (begin === 'oldest') {
    const oldest = await readOldestCreatedAt({ client, table: table.ref, timeZone: table.createdAtTimeZone });
    if (oldest !== null) return windowOf(oldest, sizeMicros).start;
  }
  return floorToWindow(systemClock.now(), sizeMicros);
}
