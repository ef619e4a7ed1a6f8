import { cpus } from 'node:os';
import { CLAIMS, TARGETS } from './seed-claims.ts';
import type { StrategyCost } from './strategy-cost.ts';
import type { StrategyName } from './strategy.ts';

/** The JSON file of a run. */
export interface StrategiesReport {
  readonly rows: number;
  readonly sizeBytes: number;
  readonly distinctFiles: number;
  readonly batchRows: number;
  readonly machine: { readonly processors: number; readonly model: string; readonly node: string };
  readonly strategies: Readonly<Partial<Record<StrategyName, StrategyCost>>>;
  /** Packing the same files alone, with the product's own packer: the least that the watermark cycle can take. */
  readonly packAloneMs: number | null;
  readonly ratios: Ratios;
  readonly claims: typeof CLAIMS;
  readonly targets: typeof TARGETS;
}

/** Per-record over watermark; null where one of them was not measured or is nought. */
export type Ratios = Readonly<Record<keyof typeof CLAIMS | 'updateWal' | 'updateInServer', number | null>> & {
  /** Watermark over packing alone: with the start of its program, and by its own clock, as packing is measured. */
  readonly packAlone: number | null;
  readonly packAloneInside: number | null;
  /** Script over watermark. */
  readonly script: number | null;
  /** Stream over watermark. */
  readonly stream: number | null;
  /** Whether the archives of watermark and stream are the same bytes. */
  readonly streamIsEqual: boolean | null;
};

type Measured = Pick<
  StrategiesReport,
  'rows' | 'sizeBytes' | 'distinctFiles' | 'batchRows' | 'strategies' | 'packAloneMs'
>;

export function strategiesReport(measured: Measured): StrategiesReport {
  return {
    ...measured,
    machine: { processors: cpus().length, model: cpus()[0]?.model ?? '', node: process.version },
    ratios: computeRatios(measured),
    claims: CLAIMS,
    targets: TARGETS,
  };
}

export function computeRatios({
  strategies,
  packAloneMs,
}: Pick<Measured, 'strategies' | 'packAloneMs'>): Ratios {
  const { perRecord, watermark, stream, script } = strategies;
  const over = (pick: (cost: StrategyCost) => number | null): number | null =>
    quotient(perRecord && pick(perRecord), watermark && pick(watermark));
  return {
    total: over(({ totalMs }) => totalMs),
    select: over(({ selectMs }) => selectMs),
    update: over(({ updateMs }) => updateMs),
    updateInServer: over(updateInServerMs),
    pack: over(({ packMs }) => packMs),
    validate: over(({ validateMs }) => validateMs),
    connections: over(({ connections }) => connections),
    wal: over(({ walBytes }) => walBytes),
    updateWal: over(updateWalBytes),
    ioWait: over(({ ioWaitShare }) => ioWaitShare),
    packAlone: quotient(watermark?.totalMs, packAloneMs),
    packAloneInside: quotient(watermark?.insideMs, packAloneMs),
    script: quotient(script?.totalMs, watermark?.totalMs),
    stream: quotient(stream?.totalMs, watermark?.totalMs),
    streamIsEqual: stream && watermark ? stream.archiveSha256 === watermark.archiveSha256 : null,
  };
}

/** Of the UPDATE statements alone, of records and of the watermark. */
export function updateWalBytes({ statements }: StrategyCost): number {
  return statements.updateFiles.walBytes + statements.updateWatermark.walBytes;
}

export function updateInServerMs({ statements }: StrategyCost): number {
  return statements.updateFiles.ms + statements.updateWatermark.ms;
}

function quotient(over: number | null | undefined, under: number | null | undefined): number | null {
  if (typeof over !== 'number' || typeof under !== 'number' || under === 0) return null;
  return Number((over / under).toPrecision(4));
}
