import { decodeCleanupNote } from '../../cleanup-note.ts';
import type { Events } from '../../base/event-map.ts';
import type { Config } from '../../config/config.ts';
import { cleanupGroup, shardsTopic } from '../../config/names.ts';
import { readCleanupStand } from '../../log/cleanup-stand.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { withAdmin } from '../../log/with-admin.ts';
import type { CleanupStandReport } from './status-report.ts';

/**
 * How the clean-up of each table stands, from what its processes have left with their offsets; empty where nothing may
 * be removed.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_LOG_TRUNCATED.
 */
export async function readCleanup(
  config: Config,
  events: Events,
): Promise<ReadonlyMap<string, CleanupStandReport>> {
  const reports = new Map<string, CleanupStandReport>();
  const tables = config.tables.filter(({ source }) =>
    source.roots.some((root) => config.cleanup.roots.includes(root)),
  );
  if (tables.length === 0) return reports;
  const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
  await withAdmin(kafka, async (admin) => {
    for (const { id } of tables) {
      const groupId = cleanupGroup(config.name, id);
      const { notes } = await readCleanupStand({ admin, groupId, topic: shardsTopic(config.name) });
      reports.set(id, mergeNotes([...notes.values()]));
    }
  });
  return reports;
}

/** The partition that is behind, and the first that is in trouble. Pure. */
function mergeNotes(notes: readonly string[]): CleanupStandReport {
  const read = notes.map(decodeCleanupNote);
  const times = read.map(({ doneUntil }) => doneUntil).filter((time) => time !== null);
  return {
    doneUntil: times.sort()[0] ?? null,
    trouble: read.find(({ trouble }) => trouble !== null)?.trouble ?? null,
  };
}
