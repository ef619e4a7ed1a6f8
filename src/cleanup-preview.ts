import type { Clock } from './base/clock.ts';
import { TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import type { Config, TableConfig } from './config/config.ts';
import { cleanupGroup, shardsTopic } from './config/names.ts';
import { readCleanupStand } from './log/cleanup-stand.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './log/kafka-client.ts';
import { readAnnounced } from './log/read-announced.ts';
import { requireTopic } from './log/require-topic.ts';
import { withAdmin } from './log/with-admin.ts';
import { addTallies, NOTHING_CLEANED } from './model/cleanup.ts';
import type { AnnouncedShard, CleanupTally } from './model/cleanup.ts';
import type { Sink } from './sinks/sink.ts';
import { TableCleaner } from './table-cleaner.ts';

/** What a clean-up of one table would do now. */
export interface CleanupPreview extends CleanupTally {
  readonly table: string;
  /** Looked at. */
  readonly shards: number;
  /** Announced, and not old enough yet. */
  readonly waitingShards: number;
  readonly waitingFiles: number;
  /** Announced, and not committed. */
  readonly uncommittedShards: number;
}

export interface CleanupPreviewOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly onProgress: (preview: CleanupPreview) => void;
}

/**
 * Reads back every shard that is due, and compares every source file, as the clean-up would. Touches nothing, joins no
 * group, commits nothing.
 *
 * @throws TidemarkError what would stop the clean-up; the signal's reason.
 */
export async function previewCleanup(options: CleanupPreviewOptions): Promise<CleanupPreview> {
  const { config, table, clock, events, signal, onProgress } = options;
  const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
  const topic = shardsTopic(config.name);
  return withAdmin(kafka, async (admin) => {
    await requireTopic(admin, topic);
    const cleaner = new TableCleaner({ ...options, admin, isDryRun: true });
    const { next, end } = await readCleanupStand({
      ...{ admin, topic, groupId: cleanupGroup(config.name, table.id) },
    });
    const dueBefore = clock.now() - config.cleanup.afterMicros;
    let preview: CleanupPreview = {
      ...NOTHING_CLEANED,
      ...{ table: table.id, shards: 0, waitingShards: 0, waitingFiles: 0, uncommittedShards: 0 },
    };
    const range = { from: next, until: end, signal };
    for await (const piece of readAnnounced({ kafka, admin, topic, table: table.id, ...range }))
      for (const { shard } of piece) {
        preview =
          shard.time <= dueBefore
            ? await addLooked(preview, () => look(cleaner, shard, signal))
            : addWaiting(preview, shard);
        onProgress(preview);
      }
    return preview;
  });
}

function look(cleaner: TableCleaner, shard: AnnouncedShard, signal: AbortSignal): Promise<CleanupTally> {
  return cleaner.clean(shard, { signal, onFailing: () => Promise.resolve() });
}

async function addLooked(
  preview: CleanupPreview,
  lookAt: () => Promise<CleanupTally>,
): Promise<CleanupPreview> {
  try {
    const tally = await lookAt();
    return { ...preview, ...addTallies(preview, tally), shards: preview.shards + 1 };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_UNCOMMITTED') throw error;
    return { ...preview, uncommittedShards: preview.uncommittedShards + 1 };
  }
}

function addWaiting(preview: CleanupPreview, { files }: AnnouncedShard): CleanupPreview {
  return {
    ...preview,
    waitingShards: preview.waitingShards + 1,
    waitingFiles: preview.waitingFiles + files,
  };
}
