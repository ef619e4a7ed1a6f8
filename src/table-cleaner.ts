import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Admin } from 'kafkajs';
import { assert } from './base/assert.ts';
import type { Clock } from './base/clock.ts';
import { TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import { parseS3Address } from './base/s3-address.ts';
import { waitOn } from './base/wait.ts';
import type { Config, TableConfig } from './config/config.ts';
import { archiveGroup, tableTopic } from './config/names.ts';
import { readGroupProgress } from './log/group-progress.ts';
import { isSealCommitted } from './model/cleanup.ts';
import type { AnnouncedShard, CleanupTally } from './model/cleanup.ts';
import { formatMicros } from './model/micros.ts';
import { readCleanupPrefixes } from './sinks/cleanup/cleanup-prefixes.ts';
import { resolveCleanupRoots } from './sinks/cleanup/cleanup-roots.ts';
import { deleteFile, moveFilesTo } from './sinks/cleanup/disposal.ts';
import type { Disposal } from './sinks/cleanup/disposal.ts';
import type { ObjectTarget } from './sinks/cleanup/object-cleaner.ts';
import { requireNamed } from './sinks/cleanup/require-intact.ts';
import type { NamedShard } from './sinks/cleanup/require-intact.ts';
import { ShardCleaner } from './sinks/cleanup/shard-cleaner.ts';
import type { CleanShard } from './sinks/cleanup/shard-cleaner.ts';
import { sweepTemporaryFiles } from './sinks/disk/temporary-file.ts';
import type { Sink } from './sinks/sink.ts';
import { TEMPORARY_FOLDER } from './sinks/sink-name.ts';

export interface TableCleanerOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly admin: Admin;
  /** Touches nothing. */
  readonly isDryRun: boolean;
  readonly clock: Clock;
  readonly events: Events;
}

/** Removes the source files of a table's shards that are proved to be committed and whole. */
export class TableCleaner {
  readonly #options: TableCleanerOptions;
  #cleaner: Promise<ShardCleaner> | undefined;

  constructor(options: TableCleanerOptions) {
    this.#options = options;
  }

  /**
   * @throws TidemarkError ERR_SHARD_NOT_FOUND, ERR_SHARD_CORRUPT, with which nothing was removed; ERR_SHARD_UNCOMMITTED,
   * ERR_SINK_UNAVAILABLE, ERR_SOURCE_UNAVAILABLE, which may pass; the signal's reason.
   */
  async clean(shard: AnnouncedShard, work: Omit<CleanShard, 'named'>): Promise<CleanupTally> {
    const named = await requireNamed(this.#options.sink, shard);
    await this.#requireCommitted(shard, named);
    const cleaner = await this.#open();
    return await cleaner.clean(shard, { ...work, named });
  }

  async #requireCommitted(shard: AnnouncedShard, { manifest }: NamedShard): Promise<void> {
    const { config, table, admin } = this.#options;
    const groupId = archiveGroup(config.name);
    const progress = await readGroupProgress({ admin, groupId, topic: tableTopic(config.name, table.id) });
    const seal = { ...manifest, lastOffset: manifest.offsets?.last ?? null };
    const own = progress[manifest.partition] ?? null;
    if (isSealCommitted(seal, own)) return;
    const stand = own === null ? 'nothing' : formatMicros(own.watermark);
    throw new TidemarkError('ERR_SHARD_UNCOMMITTED', {
      detail: `${shard.name} is of the window that ends at ${formatMicros(manifest.window.end)}, and the group ${groupId} has committed ${stand} in partition ${manifest.partition}`,
    });
  }

  async #open(): Promise<ShardCleaner> {
    this.#cleaner ??= this.#create();
    try {
      return await this.#cleaner;
    } catch (error) {
      // A root that is mounted later must be found by the next try.
      this.#cleaner = undefined;
      throw error;
    }
  }

  async #create(): Promise<ShardCleaner> {
    const { config, table, sink, isDryRun, clock, events } = this.#options;
    const { roots: cleanupRoots, moveTo, moveObjectsTo, filesPerSecond } = config.cleanup;
    const archive = sink.url.startsWith('file://') ? [fileURLToPath(sink.url)] : [];
    const roots = await resolveCleanupRoots({
      sourceRoots: table.source.roots,
      cleanupRoots,
      barred: [...archive, ...(moveTo === null ? [] : [moveTo])],
    });
    const prefixes = readCleanupPrefixes({
      sourceRoots: table.source.roots,
      cleanupRoots,
      barred: [sink.url, ...(moveObjectsTo === null ? [] : [moveObjectsTo])],
    });
    if (moveTo !== null && !isDryRun) await sweepTemporaryFiles(join(moveTo, TEMPORARY_FOLDER));
    return new ShardCleaner({
      sink,
      column: table.ref.columns.fileLocation ?? '',
      ...{ roots, prefixes },
      moveObjectsTo: objectTarget(moveObjectsTo, table.id),
      disposal: isDryRun ? null : disposalOf(table, moveTo),
      filesPerSecond,
      clock,
      waitUntil: waitOn(clock),
      events,
    });
  }
}

function objectTarget(url: string | null, table: string): ObjectTarget | null {
  if (url === null) return null;
  const address = parseS3Address(url);
  assert(!('problem' in address), 'the configuration was checked');
  return { address, table };
}

function disposalOf(table: TableConfig, moveTo: string | null): Disposal {
  return moveTo === null ? deleteFile : moveFilesTo({ folder: moveTo, table: table.id });
}
