import { describe, expect, test } from 'vitest';
import { statementKind, sumByKind } from '../../bench/strategies/statement-kinds.ts';

describe('statementKind', () => {
  test.each([
    ['SELECT uid, created_at FROM files WHERE created_at > $1', 'selectFiles'],
    ['SELECT "uid"::text FROM "public"."files" ORDER BY 1 LIMIT $1', 'selectFiles'],
    ['COPY (SELECT uid FROM public.files) TO STDOUT', 'selectFiles'],
    ['FETCH FORWARD 1000 FROM page', 'selectFiles'],
    ['UPDATE files SET archived = TRUE WHERE uid = ANY($1)', 'updateFiles'],
    ['WITH done AS (SELECT 1)\n UPDATE "public"."files" SET archived = TRUE', 'updateFiles'],
    ['UPDATE des_archive_config SET archived_until = $1 WHERE id = $2', 'updateWatermark'],
    ['UPDATE public.des_archive_config SET archived_until = (SELECT max(at) FROM files)', 'updateWatermark'],
    ['SELECT archived_until FROM des_archive_config', 'other'],
    ['SELECT count(*) FROM files_of_others', 'other'],
    ['BEGIN', 'other'],
  ])('%s is of kind %s', (query, kind) => {
    expect(statementKind(query)).toBe(kind);
  });
});

describe('sumByKind', () => {
  test('adds what statements of one kind cost, and leaves no kind out', () => {
    const cost = { calls: 2, ms: 1.5, rows: 3, walBytes: 100, walPageImages: 1 };
    const sums = sumByKind([
      { query: 'UPDATE files SET archived = TRUE', ...cost },
      { query: 'UPDATE "files" SET archived = FALSE', ...cost },
      { query: 'COMMIT', ...cost },
    ]);
    expect(sums.updateFiles).toEqual({ calls: 4, ms: 3, rows: 6, walBytes: 200, walPageImages: 2 });
    expect(sums.other).toEqual(cost);
    expect(sums.selectFiles.calls + sums.updateWatermark.calls).toBe(0);
  });
});
