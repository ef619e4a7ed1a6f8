import { expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { countCleaned, describeCleanup } from '../../src/cli/cleanup/cleanup-report.ts';
import { micros } from '../../src/model/micros.ts';

const TABLE = 'public.files';

it('adds up what became of the files of a table, and says it in lines', () => {
  const events = new Events();
  const cleaned = countCleaned(events, [TABLE, 'public.idle']);
  const tally = { removedFiles: 1_000, removedBytes: 2_000_000, missingFiles: 1, kept: { file_changed: 2 } };
  const event = { table: TABLE, partition: 0, shard: 's', tally, announcedAt: micros(0), durationMs: 1 };
  events.emit('cleanup:planned', { table: TABLE, dueShards: 2, waitingShards: 3, waitingFiles: 40 });
  events.emit('cleanup:cleaned', event);
  events.emit('cleanup:cleaned', event);
  const trouble = { code: 'ERR_SHARD_CORRUPT' as const, detail: 'd', remedy: 'r', isFinal: true };
  events.emit('cleanup:stopped', { table: TABLE, trouble });
  const tables = cleaned();
  expect(tables.map(({ table, shards }) => [table, shards])).toEqual([
    [TABLE, 2],
    ['public.idle', 0],
  ]);
  const lines = (dryRun: boolean) =>
    describeCleanup({ name: 't', dryRun, tables: tables.slice(0, 1) }).split('\n');
  expect(lines(false)).toEqual([
    'public.files',
    '  shards      2 read back, every digest compared',
    '  removed     2,000 files, 4.00 MB',
    '  kept        4 files: file_changed 4',
    '  missing     2 files, removed before',
    '  waiting     3 shards with 40 files, not old enough yet',
    '  stopped     ERR_SHARD_CORRUPT',
  ]);
  expect(lines(true).slice(2, 4)).toEqual([
    '  would go    2,000 files, 4.00 MB',
    '  would stay  4 files: file_changed 4',
  ]);
});
