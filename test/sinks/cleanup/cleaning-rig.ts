import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import type { EventMap } from '../../../src/base/event-map.ts';
import { waitOn } from '../../../src/base/wait.ts';
import type { AnnouncedShard, CleanupTally } from '../../../src/model/cleanup.ts';
import type { SealResult } from '../../../src/model/seal.ts';
import { readCleanupPrefixes } from '../../../src/sinks/cleanup/cleanup-prefixes.ts';
import { resolveCleanupRoots } from '../../../src/sinks/cleanup/cleanup-roots.ts';
import type { CleanupRoots } from '../../../src/sinks/cleanup/cleanup-roots.ts';
import { deleteFile } from '../../../src/sinks/cleanup/disposal.ts';
import type { Disposal } from '../../../src/sinks/cleanup/disposal.ts';
import type { ObjectTarget } from '../../../src/sinks/cleanup/object-cleaner.ts';
import { requireNamed } from '../../../src/sinks/cleanup/require-intact.ts';
import { ShardCleaner } from '../../../src/sinks/cleanup/shard-cleaner.ts';
import { createWorkspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

/** A workspace whose shards' source files can be cleaned up. */
export interface CleaningRig extends Workspace {
  readonly kept: EventMap['cleanup:kept'][];
  readonly failed: EventMap['cleanup:failed'][];
  roots(options?: { cleaned?: readonly string[]; more?: readonly string[] }): Promise<CleanupRoots>;
  /** Cleans up behind every shard of a seal. */
  clean(sealed: SealResult, options?: CleanOptions): Promise<CleanupTally>;
  /** Every path below the source folder. */
  left(): string[];
}

export interface CleanOptions {
  readonly disposal?: Disposal | null;
  readonly roots?: CleanupRoots;
  readonly moveObjectsTo?: ObjectTarget;
  readonly prefixes?: Partial<Parameters<typeof readCleanupPrefixes>[0]>;
  readonly signal?: AbortSignal;
  readonly announced?: Partial<AnnouncedShard>;
  readonly onFailing?: (trouble: string) => Promise<void>;
}

export function createCleaningRig(): CleaningRig {
  const work = createWorkspace();
  const kept: EventMap['cleanup:kept'][] = [];
  const failed: EventMap['cleanup:failed'][] = [];
  work.events.on('cleanup:kept', (event) => kept.push(event));
  work.events.on('cleanup:failed', (event) => failed.push(event));
  mkdirSync(work.root, { recursive: true });
  const roots: CleaningRig['roots'] = ({ cleaned = [work.root], more = [] } = {}) =>
    resolveCleanupRoots({
      sourceRoots: [work.root, ...more],
      cleanupRoots: cleaned,
      barred: [work.archive],
    });
  return {
    ...work,
    kept,
    failed,
    roots,
    left: () => readdirSync(work.root, { recursive: true, encoding: 'utf8' }).sort(),
    clean: async ({ manifest }, options = {}) => {
      const cleaner = new ShardCleaner({
        ...{ sink: work.sink, events: work.events, clock: systemClock, waitUntil: waitOn(systemClock) },
        ...{ column: 'file_location', filesPerSecond: 100_000 },
        prefixes: readCleanupPrefixes({ cleanupRoots: [], barred: [], sourceRoots: [], ...options.prefixes }),
        roots: options.roots ?? (await roots()),
        moveObjectsTo: options.moveObjectsTo ?? null,
        disposal: options.disposal === undefined ? deleteFile : options.disposal,
      });
      const info = manifest.shards[0]!;
      const announced = { ...info, ...manifest, time: manifest.window.end, ...options.announced };
      return await cleaner.clean(announced, {
        named: await requireNamed(work.sink, announced),
        signal: options.signal ?? new AbortController().signal,
        onFailing: options.onFailing ?? (() => Promise.resolve()),
      });
    },
  };
}

/** Where a process with this token has set a file aside. */
export function asidePath(folder: string, token: string, name: string): string {
  const own = join(folder, '.tidemark-cleanup', token);
  mkdirSync(own, { recursive: true });
  return join(own, name);
}
