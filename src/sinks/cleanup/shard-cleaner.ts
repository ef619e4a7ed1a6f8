import type { Clock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import { failpoint } from '../../base/failpoint.ts';
import { computeNextStart } from '../../base/pace.ts';
import type { AnnouncedShard, CleanupTally } from '../../model/cleanup.ts';
import type { Micros } from '../../model/micros.ts';
import { assertRootsUnchanged } from '../pack/roots.ts';
import { allOrFirstFault } from '../pack/side-by-side.ts';
import type { Sink } from '../sink.ts';
import { archivedSources } from './archived-sources.ts';
import type { ArchivedSource } from './archived-sources.ts';
import { cleanFile, inspectFile } from './clean-file.ts';
import type { FileOutcome } from './clean-file.ts';
import type { CleanupRoots } from './cleanup-roots.ts';
import type { CleanupPrefixes } from './cleanup-prefixes.ts';
import type { Disposal } from './disposal.ts';
import { ObjectCleaner, differentObjects, isObject } from './object-cleaner.ts';
import type { ObjectTarget } from './object-cleaner.ts';
import { orFailed, passingReason } from './or-failed.ts';
import type { Outcome } from './or-failed.ts';
import { requireIntact } from './require-intact.ts';
import type { NamedShard } from './require-intact.ts';
import { SourceFolders } from './source-folders.ts';
import { sourcePlace } from './source-place.ts';
import { TallyKeeper } from './tally-keeper.ts';

export interface ShardCleanerOptions {
  readonly sink: Sink;
  /** The table's name for the file's location. */
  readonly column: string;
  readonly roots: CleanupRoots;
  readonly prefixes: CleanupPrefixes;
  /** Where objects go; null: they are deleted. */
  readonly moveObjectsTo: ObjectTarget | null;
  /** Null only looks, and touches nothing. */
  readonly disposal: Disposal | null;
  readonly filesPerSecond: number;
  readonly clock: Clock;
  readonly waitUntil: (time: Micros, signal: AbortSignal) => Promise<void>;
  readonly events: Events;
}

/** One shard's work. */
export interface CleanShard {
  readonly named: NamedShard;
  readonly signal: AbortSignal;
  /** Told each time when files cannot be removed, before they are waited for. */
  readonly onFailing: (trouble: string) => Promise<void>;
}

/** A second, then twice as long each time. */
const PAUSE_MIN_MICROS = 1_000_000;
const PAUSE_MAX_MICROS = 60_000_000;

/** Waiting between files a thousand times a second would take longer than the files. */
const PACED_FILES = 50;

/** A file that the system did not let us remove. */
interface Failure {
  readonly source: ArchivedSource;
  readonly reason: string;
}

/**
 * Removes the source files of one shard after the other. All of a shard's are done, and that is durable, when `clean`
 * resolves; cut short, it does the same again.
 */
export class ShardCleaner {
  readonly #options: ShardCleanerOptions;
  readonly #objects: ObjectCleaner;

  constructor(options: ShardCleanerOptions) {
    const { prefixes, disposal, moveObjectsTo: moveTo } = options;
    this.#options = options;
    this.#objects = new ObjectCleaner({ prefixes, isLookedAtOnly: disposal === null, moveTo });
  }

  /**
   * @throws TidemarkError ERR_SHARD_CORRUPT before anything is removed; ERR_SINK_UNAVAILABLE, ERR_SOURCE_UNAVAILABLE;
   * the signal's reason, after the file at hand.
   */
  async clean(announced: AnnouncedShard, { named, signal, onFailing }: CleanShard): Promise<CleanupTally> {
    const { sink, roots, column, disposal, events } = this.#options;
    await assertRootsUnchanged(roots.source);
    await requireIntact(sink, named, signal);
    failpoint('cleanup:verified');
    const folders = new SourceFolders({ roots, isLookedAtOnly: disposal === null });
    const tally = new TallyKeeper();
    try {
      let failures: Failure[] = [];
      for await (const page of archivedSources({ sink, ...named, column }))
        failures.push(...(await this.#cleanEach(page, { folders, tally, signal })));
      for (let attempt = 1; failures.length > 0; attempt++) {
        // What is removed stays removed while others are waited for.
        await closeDurably(folders, announced.name);
        await onFailing(this.#tellOf(failures, { announced, attempt }));
        if (disposal === null) break;
        await this.#pause(attempt, signal);
        const again = failures.map(({ source }) => source);
        failures = await this.#cleanEach(again, { folders, tally, signal });
      }
    } finally {
      await closeDurably(folders, announced.name);
    }
    failpoint('cleanup:synced');
    // Under a root that was unmounted meanwhile everything is missing.
    await assertRootsUnchanged(roots.source);
    for (const kept of tally.kept())
      events.emit('cleanup:kept', { table: announced.table, shard: announced.name, ...kept });
    return tally.total();
  }

  async #cleanEach(
    sources: readonly ArchivedSource[],
    pass: { readonly folders: SourceFolders; readonly tally: TallyKeeper; readonly signal: AbortSignal },
  ): Promise<Failure[]> {
    const { clock, waitUntil, filesPerSecond } = this.#options;
    const failures: Failure[] = [];
    for (let from = 0; from < sources.length; from += PACED_FILES) {
      const startedAt = clock.now();
      const some = sources.slice(from, from + PACED_FILES);
      const note = (source: ArchivedSource, outcome: Outcome) => {
        if (outcome.kind === 'failed') failures.push({ source, reason: outcome.reason });
        else pass.tally.add(source, outcome);
      };
      const objects = differentObjects(some);
      await allOrFirstFault([...objects], pass.signal, async (source, together) =>
        note(source, await orFailed(() => this.#objects.clean(source, together))),
      );
      for (const source of some) {
        if (isObject(source) && objects.has(source)) continue;
        pass.signal.throwIfAborted();
        note(source, await orFailed(() => this.#cleanOne(source, pass)));
      }
      await waitUntil(
        computeNextStart({ startedAt, count: some.length, perSecond: filesPerSecond }),
        pass.signal,
      );
    }
    return failures;
  }

  async #cleanOne(
    source: ArchivedSource,
    { folders, signal }: { readonly folders: SourceFolders; readonly signal: AbortSignal },
  ): Promise<FileOutcome> {
    if (isObject(source)) return await this.#objects.clean(source, signal);
    const { roots, disposal } = this.#options;
    const place = sourcePlace(source.location, roots.source.paths);
    if (typeof place === 'string') return { kind: 'kept', reason: place };
    const folder = await folders.folderAt(place.folder);
    if (folder === 'missing') return { kind: 'missing' };
    if (folder === 'outside') return { kind: 'kept', reason: 'file_outside_roots' };
    const file = { folder, name: place.name, archived: source };
    return disposal === null ? await inspectFile(file) : await cleanFile({ ...file, disposal });
  }

  #tellOf(
    failures: readonly Failure[],
    { announced, attempt }: { readonly announced: AnnouncedShard; readonly attempt: number },
  ): string {
    const { table, name: shard } = announced;
    const { source, reason } = failures[0]!;
    const files = failures.length;
    this.#options.events.emit('cleanup:failed', { table, shard, files, reason, uid: source.uid, attempt });
    return `${files} files of ${shard} cannot be removed: ${reason}`;
  }

  async #pause(attempt: number, signal: AbortSignal): Promise<void> {
    const { clock, waitUntil } = this.#options;
    const pause = Math.min(PAUSE_MAX_MICROS, PAUSE_MIN_MICROS * 2 ** Math.min(attempt - 1, 10));
    await waitUntil((clock.now() + pause) as Micros, signal);
  }
}

async function closeDurably(folders: SourceFolders, shard: string): Promise<void> {
  try {
    await folders.close();
  } catch (cause) {
    const reason = passingReason(cause);
    if (reason === undefined) throw cause;
    throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', {
      detail: `the folders of the source files of ${shard} cannot be synced: ${reason}`,
      remedy:
        'Look at the disk (`dmesg`) and at the rights of those folders; the clean-up goes on by itself.',
      cause,
    });
  }
}
