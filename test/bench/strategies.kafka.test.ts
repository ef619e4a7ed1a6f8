import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchStrategies } from '../../bench/strategies/bench-strategies.ts';
import { costTable } from '../../bench/strategies/cost-rows.ts';
import { growthChart } from '../../bench/strategies/growth-chart.ts';
import type { StrategiesReport } from '../../bench/strategies/strategies-report.ts';
import type { StrategyCost } from '../../bench/strategies/strategy-cost.ts';
import { STRATEGIES } from '../../bench/strategies/strategy.ts';
import type { StrategyName } from '../../bench/strategies/strategy.ts';
import { services } from '../support/services/services.ts';

const ROWS = 2_000;
const BATCH_ROWS = 500;

describe('npm run bench:strategies, in short', () => {
  let work: string;
  let report: StrategiesReport;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'tidemark-strategies-'));
    const { kafkaBrokers } = await services();
    report = await benchStrategies(
      {
        ...{
          rows: ROWS,
          fileBytes: 300,
          distinctFiles: ROWS,
          batchRows: BATCH_ROWS,
          windowSize: '1d',
          workers: 2,
        },
        only: STRATEGIES,
        repeat: 1,
      },
      { work, kafkaBrokers, say: () => undefined },
    );
  });

  afterAll(() => rm(work, { recursive: true, force: true }));

  const cost = (name: StrategyName): StrategyCost => report.strategies[name]!;

  test('every strategy archives every row', () => {
    expect(STRATEGIES.map((name) => cost(name).files)).toEqual(STRATEGIES.map(() => ROWS));
    for (const name of STRATEGIES) expect(cost(name).shards).toBeGreaterThan(0);
  });

  test('records are marked batch by batch, and the watermark moves once', () => {
    const updates = (name: StrategyName): number[] => {
      const { updateFiles, updateWatermark } = cost(name).statements;
      return [updateFiles.calls, updateFiles.rows, updateWatermark.calls, updateWatermark.rows];
    };
    const batches = ROWS / BATCH_ROWS;
    expect(updates('perRecord')).toEqual([batches, ROWS, 0, 0]);
    expect(updates('script')).toEqual([batches, ROWS, 0, 0]);
    expect(updates('watermark')).toEqual([0, 0, 1, 1]);
    expect(updates('stream').slice(0, 2)).toEqual([0, 0]);
  });

  test('what a statement logs is told from the rest of the WAL', () => {
    for (const name of STRATEGIES) {
      const { walBytes, walOutsideStatementsBytes, statements, walRecords } = cost(name);
      const inside = Object.values(statements).reduce((sum, one) => sum + one.walBytes, 0);
      expect(inside + walOutsideStatementsBytes).toBe(walBytes);
      expect(walRecords.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(walBytes);
    }
    // The first one of a new page has a name of its own, `Heap/UPDATE+INIT`.
    const updates = cost('perRecord').walRecords.filter(({ kind }) => kind.startsWith('Heap/UPDATE'));
    expect(updates.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);
    expect(cost('watermark').statements.updateFiles.walBytes).toBe(0);
    expect(report.ratios.updateWal).toBeGreaterThan(1_000);
  });

  test('stream and watermark cycle leave the same shards', () => {
    expect(report.ratios.streamIsEqual).toBe(true);
    expect(cost('perRecord').archiveSha256).not.toBe(cost('watermark').archiveSha256);
  });

  test('marking makes the table grow, and the watermark does not', () => {
    expect(cost('perRecord').tableBytesAfter).toBeGreaterThan(cost('perRecord').tableBytesBefore);
    expect(cost('watermark').tableBytesAfter).toBe(cost('watermark').tableBytesBefore);
  });

  test('the JSON file has the promised shape, and every figure is one', () => {
    const written = JSON.parse(JSON.stringify(report)) as StrategiesReport;
    // NaN and Infinity would come back as null, undefined not at all.
    expect(written).toEqual(report);
    expect(written).toMatchObject({ rows: ROWS, sizeBytes: 300, packAloneMs: expect.any(Number) as number });
    for (const name of STRATEGIES)
      expect(written.strategies[name]).toMatchObject({
        totalMs: expect.any(Number) as number,
        selectMs: expect.any(Number) as number,
        updateMs: expect.any(Number) as number,
        walBytes: expect.any(Number) as number,
        connections: expect.any(Number) as number,
      });
    for (const ratio of ['total', 'select', 'update', 'wal', 'updateWal', 'packAlone', 'script'] as const)
      expect(written.ratios[ratio]).toBeGreaterThan(0);
  });

  test('table and plot show every strategy', () => {
    const { head, rows } = costTable(report);
    expect(head).toEqual([
      '',
      ...['per-record', 'watermark', 'stream', 'script'],
      ...['per-record / watermark', 'claimed'],
    ]);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
    expect(rows.flat().join()).not.toContain('NaN');
    const svg = growthChart([report]);
    expect(svg.match(/<polyline /g)).toHaveLength(4 * STRATEGIES.length);
    expect(svg).not.toContain('NaN');
  });

  test('nothing is left but the source files', async () => {
    expect(await readdir(work)).toEqual(['listing', 'source']);
  });
});
