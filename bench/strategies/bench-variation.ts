import { formatBytesShort, textTable } from '../../src/cli/text-table.ts';
import type { BenchOptions } from './bench-options.ts';
import { measureReport } from './bench-strategies.ts';
import type { BenchPlace } from './bench-strategies.ts';
import { duration, times } from './figures.ts';
import { makeSourceFiles } from './source-files.ts';
import { updateWalBytes } from './strategies-report.ts';
import type { StrategiesReport } from './strategies-report.ts';
import { PLAIN_TABLE, VARIATIONS } from './variations.ts';
import type { VariationName } from './variations.ts';

/** The JSON file of a run with `--vary`. */
export interface VariationReport {
  readonly vary: VariationName;
  readonly label: string;
  readonly runs: readonly { readonly value: string; readonly report: StrategiesReport }[];
}

/** More would not stay in the cache of a small machine; rows then share files. */
const SOURCE_BYTES_MAX = 2_000_000_000;

/** Per-record and watermark again and again, with one thing of the table or the work different each time. */
export async function benchVariation(
  options: BenchOptions & { vary: VariationName },
  place: BenchPlace,
): Promise<VariationReport> {
  const { rows, batchRows, fileBytes, windowSize, workers, repeat, vary } = options;
  const { label, shapes } = VARIATIONS[vary];
  const base = { ...PLAIN_TABLE, fileBytes, batchRows, windowSize, workers };
  const runs: VariationReport['runs'][number][] = [];
  for (const { value, shape } of shapes(base)) {
    place.say(`${label}: ${value}`);
    const distinctFiles = Math.min(options.distinctFiles, Math.floor(SOURCE_BYTES_MAX / shape.fileBytes));
    const files = makeSourceFiles({ work: place.work, files: distinctFiles, fileBytes: shape.fileBytes });
    const names = ['perRecord', 'watermark'] as const;
    runs.push({ value, report: await measureReport({ names, rows, shape, files, repeat, place }) });
  }
  return { vary, label, runs };
}

export function variationTable({ label, runs }: VariationReport): {
  head: readonly string[];
  rows: readonly (readonly string[])[];
} {
  return {
    head: [
      label,
      ...['per-record total', 'UPDATE', 'its WAL', 'WAL of its SELECT', 'table and indexes grew by'],
      ...['watermark total', 'UPDATE', 'its WAL', 'WAL of its SELECT'],
      ...['total', 'UPDATE', 'WAL of UPDATE', 'all WAL', 'watermark / packing alone'],
    ],
    rows: runs.map(({ value, report: { strategies, ratios } }) => {
      const [marked, moved] = [strategies.perRecord!, strategies.watermark!];
      const grown =
        marked.tableBytesAfter - marked.tableBytesBefore + marked.indexBytesAfter - marked.indexBytesBefore;
      return [
        value,
        ...[duration(marked.totalMs), duration(marked.updateMs), formatBytesShort(updateWalBytes(marked))],
        ...[formatBytesShort(marked.statements.selectFiles.walBytes), formatBytesShort(grown)],
        ...[duration(moved.totalMs), duration(moved.updateMs), formatBytesShort(updateWalBytes(moved))],
        formatBytesShort(moved.statements.selectFiles.walBytes),
        ...[ratios.total, ratios.update, ratios.updateWal, ratios.wal, ratios.packAlone].map(times),
      ];
    }),
  };
}

export function variationText(report: VariationReport): string {
  const { head, rows } = variationTable(report);
  return textTable(head, rows);
}
