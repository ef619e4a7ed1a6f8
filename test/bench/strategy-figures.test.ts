import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBenchOptions, parseSize } from '../../bench/strategies/bench-options.ts';
import { duration, share, times } from '../../bench/strategies/figures.ts';
import { timesOf } from '../../bench/strategies/files-table.ts';
import { logScale } from '../../bench/strategies/log-scale.ts';
import { BEGIN, END, markdownTable, withMeasuredPart } from '../../bench/strategies/measured-page.ts';
import { machineShares } from '../../bench/strategies/process-cost.ts';
import { computeRatios } from '../../bench/strategies/strategies-report.ts';

describe('the options of npm run bench:strategies', () => {
  test('a million rows with files of 2 KB by default, each with a file of its own', () => {
    expect(parseBenchOptions([])).toMatchObject({
      ...{ rows: 1_000_000, fileBytes: 2_000, distinctFiles: 1_000_000, batchRows: 1_000, vary: null },
      only: ['perRecord', 'watermark', 'stream', 'script'],
    });
  });

  test('beyond a million rows share files', () => {
    expect(parseBenchOptions(['--rows', '4_000_000'])).toMatchObject({ distinctFiles: 1_000_000 });
  });

  test('a thread packs for each processor, or as many as are wanted', () => {
    expect(parseBenchOptions([])).toMatchObject({ workers: availableParallelism() });
    expect(parseBenchOptions(['--workers', '1'])).toMatchObject({ workers: 1 });
  });

  test('variations take fewer rows', () => {
    expect(parseBenchOptions(['--vary', 'batch'])).toMatchObject({ rows: 100_000, vary: 'batch' });
  });

  test.each([
    ['2KB', 2_000],
    ['300', 300],
    ['1mb', 1_000_000],
  ])('--size %s are %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    [['--size', '2GiB'], /--size 2GiB/],
    [['--rows', '0'], /--rows 0/],
    [['--only', 'stream,tape'], /--only tape: there are perRecord/],
    [['--vary', 'weather'], /--vary weather: there are size/],
    [['--only', 'stream', '--repeat', '3'], /--repeat: there is no middle/],
  ])('%j is refused', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(message);
  });
});

describe('figures', () => {
  test.each([
    [null, '–'],
    [0.0512, '0.051 ms'],
    [87.4, '87 ms'],
    [12_340, '12.3 s'],
    [200_000, '3 min 20 s'],
    [119_999, '2 min 0 s'],
  ])('%s ms read as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test('ratios and shares have three and two digits', () => {
    expect([times(4.3333), times(216_733), times(null)]).toEqual(['4.33×', '217,000×', '–']);
    expect([share(0.684), share(0), share(1)]).toEqual(['68 %', '0 %', '100 %']);
  });

  test('shares of the machine are those of the time between two looks', () => {
    const before = { total: 1_000, idle: 500, ioWait: 100 };
    const shares = machineShares(before, { total: 2_000, idle: 700, ioWait: 400 });
    expect(shares).toEqual({ ioWait: 0.3, cpu: expect.closeTo(0.5) as number });
  });

  test('nothing is divided by what was not measured', () => {
    const ratios = computeRatios({ strategies: {}, packAloneMs: null });
    expect(Object.values(ratios).every((ratio) => ratio === null)).toBe(true);
  });
});

describe('the rows', () => {
  test('fill whole days of a million rows at most, and are due a day later', () => {
    expect(timesOf(1_000_000)).toEqual({
      ...{ start: '2026-01-05T00:00:00.000Z', end: '2026-01-06T00:00:00.000Z' },
      now: '2026-01-07T00:00:00.000Z',
    });
    expect(timesOf(4_000_000).end).toBe('2026-01-09T00:00:00.000Z');
  });
});

describe('logScale', () => {
  test('gives every value a place on the axis, in order, and covers whole decades', () => {
    const value = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (values) => {
        const scale = logScale(values);
        const place = (one: number): number => scale.place(one);
        const { decades } = scale;
        const places = [...values].sort((a, b) => a - b).map(place);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const at of places) {
          expect(at).toBeGreaterThan(-1e-6);
          expect(at).toBeLessThan(1 + 1e-6);
        }
        expect(place(decades[0]!)).toBeCloseTo(0);
        expect(place(decades.at(-1)!)).toBeCloseTo(1);
        expect(decades.length).toBeGreaterThanOrEqual(2);
      }),
    );
  });
});

describe('the page', () => {
  test('keeps what people wrote around the figures', () => {
    const page = `# Measured\n\n${BEGIN}\nold\n${END}\n\nWhy.\n`;
    expect(withMeasuredPart(page, `${BEGIN}\nnew\n${END}`)).toBe(
      `# Measured\n\n${BEGIN}\nnew\n${END}\n\nWhy.\n`,
    );
    expect(() => withMeasuredPart('# Measured\n', 'new')).toThrow(/no part between/);
  });

  test('tables are those of Markdown', () => {
    expect(markdownTable(['', 'a'], [['x', '1']])).toBe('|  | a |\n| --- | ---: |\n| x | 1 |');
  });
});
