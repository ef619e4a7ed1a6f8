import { estimateSnapshotRows } from '../../capture/snapshot-estimate.ts';
import { withSession } from '../../capture/postgres-session.ts';
import type { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { captureGroup } from '../../config/names.ts';
import { readCapturePosition } from '../../log/capture-snapshots.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { withAdmin } from '../../log/with-admin.ts';
import type { SnapshotState } from '../../model/capture-position.ts';
import type { Micros } from '../../model/micros.ts';

/** How far capture has come, as it has committed it. */
export interface CaptureStand {
  /** T of the last mark; null before the first. */
  readonly markTime: Micros | null;
  /** Snapshots that are under way, by `schema.name`. */
  readonly snapshots: ReadonlyMap<string, SnapshotState>;
}

/** @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID, ERR_METADATA_INVALID. */
export async function readCaptureStand(config: Config, events: Events): Promise<CaptureStand> {
  const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
  const { name, tables } = config;
  const place = { name, group: captureGroup(name), tables: tables.map(({ id }) => id) };
  const position = await withAdmin(kafka, (admin) => readCapturePosition(admin, place));
  const snapshots = [...(position?.snapshots ?? [])].filter(([, { done }]) => !done);
  return { markTime: position?.time ?? null, snapshots: new Map(snapshots) };
}

/**
 * Rows that each snapshot will have read in the end, by `schema.name`; Postgres is asked only while there is one.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function estimateSnapshots(
  config: Config,
  snapshots: CaptureStand['snapshots'],
): Promise<ReadonlyMap<string, number>> {
  const estimates = new Map<string, number>();
  if (snapshots.size === 0) return estimates;
  const { url, publication } = config.postgres;
  await withSession({ url, purpose: 'status' }, async (client) => {
    for (const { id, ref, createdAtTimeZone } of config.tables) {
      const state = snapshots.get(id);
      if (state === undefined) continue;
      const table = { ...ref, createdAtZone: createdAtTimeZone };
      const estimated = await estimateSnapshotRows(client, { table, publication, state });
      if (estimated !== null) estimates.set(id, estimated);
    }
  });
  return estimates;
}
