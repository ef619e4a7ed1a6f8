import type { EventName } from '../../base/event-map.ts';
import { keptFiles } from '../../model/cleanup.ts';
import { line, text } from '../log-line.ts';
import type { Line } from '../log-line.ts';

type CleanupEvent = Extract<EventName, `cleanup:${string}`>;

/** How the events of `tidemark cleanup` read in the log. */
export const CLEANUP_LINES: { readonly [N in CleanupEvent]: Line<N> } = {
  'cleanup:connecting': line('cleanup', 'warn', 'clean-up waits for kafka', (e) => e),
  'cleanup:joined': line('cleanup', 'info', 'joined the clean-up group', (e) => e),
  'cleanup:planned': line('cleanup', 'info', 'clean-up looked at what is announced', (e) => e),
  'cleanup:waiting': line('cleanup', 'debug', 'source files of a shard stay for some time yet', (e) => ({
    ...e,
    until: text(e.until),
  })),
  'cleanup:cleaned': line('cleanup', 'info', 'source files of a shard removed', (e) => ({
    ...{ table: e.table, partition: e.partition, shard: e.shard, files: e.tally.removedFiles },
    ...{ bytes: e.tally.removedBytes, missing: e.tally.missingFiles, kept: keptFiles(e.tally) },
    durationMs: Math.round(e.durationMs),
  })),
  'cleanup:kept': line('cleanup', 'warn', 'source files stay where they are', (e) => e),
  'cleanup:failed': line('cleanup', 'warn', 'source files cannot be removed, they are tried again', (e) => ({
    ...e,
    remedy:
      'Let the user that runs Tidemark write in their folders, and on files of other users (`tidemark check --for cleanup`); `dmesg` tells of the disk.',
  })),
  'cleanup:troubled': line('cleanup', 'warn', 'clean-up does not get on and tries again', (e) => ({
    ...{ table: e.table, partition: e.partition, attempt: e.attempt, code: e.trouble.code },
    ...{ reason: e.trouble.detail, remedy: e.trouble.remedy },
  })),
  'cleanup:stopped': line(
    'cleanup',
    'warn',
    'clean-up of a table has ended, nothing more is removed',
    (e) => ({
      ...{ table: e.table, code: e.trouble.code, reason: e.trouble.detail, remedy: e.trouble.remedy },
    }),
  ),
};
