import type { Config } from '../config/config.ts';
import { formatMicros, MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { LiveTally } from './live-tally.ts';
import { formatAge, formatBytesShort, formatCount } from './text-table.ts';

export interface LiveBlockOptions {
  readonly config: Config;
  readonly tally: LiveTally;
  readonly now: Micros;
  /** Rows a second since the last drawing. */
  readonly captureRate: number;
  readonly archiveRate: number;
}

/** The lines of the live screen. Pure. */
export function liveBlock({ config, tally, now, captureRate, archiveRate }: LiveBlockOptions): string {
  const open = [...tally.openRows.values()].reduce((sum, rows) => sum + rows, 0);
  const lines = [
    tally.standby
      ? 'capture    standing by for the slot'
      : `capture    ${rate(captureRate)}   ${formatCount(tally.captured)} rows   marks ${age(now, tally.marksAt)}`,
    `archive    ${rate(archiveRate)}   ${formatCount(tally.archived)} rows in ${formatCount(tally.windows)} seals   ${formatCount(open)} open   ${tally.partitions} partitions`,
    `           late ${formatCount(tally.late)}   duplicates ${formatCount(tally.duplicates)}   rejects ${formatCount(tally.rejects)}   failures ${formatCount(tally.failures)}`,
    ...[...tally.snapshots].map(([table, rows]) => `snapshot   ${table}  ${formatCount(rows)} rows`),
    ...config.tables.map(({ id }) => `watermark  ${id}  ${watermarkText(now, tally.watermarks.of(id))}`),
    ...tally.lastShards.map(
      ({ name, rows, bytes }) => `shard      ${name}  ${formatCount(rows)} rows  ${formatBytesShort(bytes)}`,
    ),
  ];
  return lines.join('\n');
}

function rate(rowsPerSecond: number): string {
  return `${formatCount(Math.round(rowsPerSecond))} rows/s`.padEnd(14);
}

function age(now: Micros, time: Micros | undefined): string {
  return time === undefined ? 'none yet' : `${formatAge(now - time)} old`;
}

function watermarkText(now: Micros, watermark: Micros | undefined): string {
  if (watermark === undefined) return 'no partition here yet';
  const whole = (watermark - (watermark % MICROS_PER_SECOND)) as Micros;
  return `${formatMicros(whole).replace('.000000', '')}  ${formatAge(now - watermark)} old`;
}
