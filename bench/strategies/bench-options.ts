import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { STRATEGIES } from './strategy.ts';
import type { StrategyName } from './strategy.ts';
import { VARIATIONS } from './variations.ts';
import type { VariationName } from './variations.ts';

export interface BenchOptions {
  readonly rows: number;
  readonly fileBytes: number;
  /** Files on disk; rows share them when there are fewer than rows. */
  readonly distinctFiles: number;
  readonly batchRows: number;
  readonly windowSize: string;
  /** Threads that pack. */
  readonly workers: number;
  readonly only: readonly StrategyName[];
  /** Of everything; the run with the median of watermark / packing alone counts. */
  readonly repeat: number;
  readonly vary: VariationName | null;
  readonly json: string | null;
  readonly svg: string | null;
}

export const USAGE = `npm run bench:strategies -- [options]

  --rows N            rows in the table (1000000; 100000 with --vary)
  --size 2KB          bytes of each file; B, KB, MB (2KB)
  --distinct-files N  files on disk, which the rows share (as many as rows, at most 1000000)
  --batch N           rows of one batch where records are marked (1000)
  --window 1d         window.size of the configuration (1d)
  --workers N         threads that pack, of the strategies and of packing alone (one a processor)
  --only A,B          ${STRATEGIES.join(', ')} (all)
  --repeat N          all of it so many times; the run in the middle counts, by watermark / packing alone (1)
  --vary WHAT         ${Object.keys(VARIATIONS).join(', ')}: perRecord and watermark again for each value
  --json FILE         writes what was measured
  --svg FILE          writes a plot of it`;

/** More would be 4 GB of small files and fill the cache. */
const DISTINCT_FILES_MAX = 1_000_000;

/** @throws Error with what is wrong. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      size: { type: 'string', default: '2KB' },
      'distinct-files': { type: 'string' },
      batch: { type: 'string', default: '1000' },
      window: { type: 'string', default: '1d' },
      workers: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string', default: STRATEGIES.join(',') },
      repeat: { type: 'string', default: '1' },
      vary: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const vary = values.vary === undefined ? null : member('--vary', Object.keys(VARIATIONS), values.vary);
  const rows = count('--rows', values.rows ?? (vary === null ? '1000000' : '100000'));
  return {
    rows,
    fileBytes: parseSize(values.size),
    distinctFiles: count(
      '--distinct-files',
      values['distinct-files'] ?? String(Math.min(rows, DISTINCT_FILES_MAX)),
    ),
    batchRows: count('--batch', values.batch),
    windowSize: values.window,
    workers: count('--workers', values.workers),
    only: values.only.split(',').map((name) => member('--only', STRATEGIES, name) as StrategyName),
    repeat: count('--repeat', values.repeat),
    vary: vary as VariationName | null,
    json: values.json ?? null,
    svg: values.svg ?? null,
  };
}

const UNITS = { B: 1, KB: 1_000, MB: 1_000_000 } as const;

/** `2KB` → 2000. */
export function parseSize(text: string): number {
  const [, digits, unit = 'B'] = /^(\d+)(B|KB|MB)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * UNITS[unit.toUpperCase() as keyof typeof UNITS];
  if (!(bytes > 0)) throw new Error(`--size ${text}: a size such as 2KB was expected`);
  return bytes;
}

function count(flag: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${flag} ${text}: a number above 0 was expected`);
  return value;
}

function member(flag: string, known: readonly string[], name: string): string {
  if (!known.includes(name)) throw new Error(`${flag} ${name}: there are ${known.join(', ')}`);
  return name;
}
