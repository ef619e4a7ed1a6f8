import type { TableConfig } from '../config/config.ts';
import { keptFiles } from '../model/cleanup.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { floorToWindow } from '../model/window.ts';
import type { Part } from '../serve/health.ts';
import type { LiveTally } from './live-tally.ts';
import { formatAge, formatBytesShort, formatCount } from './text-table.ts';

export interface LiveBlockOptions {
  readonly name: string;
  readonly tables: readonly Pick<TableConfig, 'id' | 'window' | 'lagMicros'>[];
  /** What runs here: a line that nothing could fill is left out. */
  readonly parts: readonly Part[];
  readonly tally: LiveTally;
  readonly startedAt: Micros;
  readonly now: Micros;
  /** Rows a second. */
  readonly captureRate: number;
  readonly archiveRate: number;
  /** Of the terminal: a longer line would wrap, and the block could not be drawn over. */
  readonly columns: number;
}

/** Marks come every second; a transaction open for longer than this holds windows up so that people see it. */
const MARK_IS_OLD_MICROS = 10 * MICROS_PER_SECOND;

/** The lines of the live screen. Pure. */
export function liveBlock(options: LiveBlockOptions): string {
  const { name, parts, startedAt, now, columns } = options;
  return [
    `tidemark ${name}, running for ${formatAge(now - startedAt)}. Ctrl-C drains and stops.`,
    ...(parts.includes('capture') ? captureLines(options) : []),
    ...(parts.includes('archive') ? archiveLines(options) : []),
    ...(parts.includes('cleanup') ? cleanupLines(options) : []),
  ]
    .map((line) => clip(line, columns))
    .join('\n');
}

function captureLines({ tally, now, captureRate }: LiveBlockOptions): string[] {
  const snapshots = [...tally.snapshots];
  const first = {
    starting: 'capture    starting',
    'standing by': 'capture    standing by: another process reads the slot, this one takes over',
    reconnecting: `capture    reconnecting, ${formatCount(tally.captured)} rows so far`,
    streaming: `capture    ${rate(captureRate)}  ${formatCount(tally.captured)} rows into Kafka, ${markText(now, tally.marksAt)}`,
  }[tally.capture];
  return [
    first,
    ...snapshots.map(
      ([table, { rows, done }]) =>
        `snapshot   ${table}: ${formatCount(rows)} older rows ${done ? 'read, done' : 'read so far'}`,
    ),
  ];
}

function archiveLines({ tables, tally, now, archiveRate }: LiveBlockOptions): string[] {
  if (tally.partitions === undefined) return ['archive    joining its group'];
  const open = [...tally.openRows.values()].reduce((sum, rows) => sum + rows, 0);
  const partitions = tally.partitions === 1 ? '1 partition' : `${formatCount(tally.partitions)} partitions`;
  return [
    `archive    ${rate(archiveRate)}  ${formatCount(tally.archived)} rows in shards, ${formatCount(open)} in open windows, ${partitions}`,
    `           ${formatCount(tally.rejects)} rejected, ${formatCount(tally.late)} late, ${formatCount(tally.duplicates)} duplicates`,
    ...tables.map((table) => `watermark  ${table.id}  ${watermarkText(now, table, tally)}`),
    ...[...tally.failing].map(
      ([place, { reason, attempt }]) => `retrying   ${place}, attempt ${formatCount(attempt)}: ${reason}`,
    ),
    ...(tally.newestShard === undefined ? [] : [shardText(tally.newestShard)]),
  ];
}

function cleanupLines({ tally }: LiveBlockOptions): string[] {
  if (tally.cleanupJoined.size === 0) return ['cleanup    joining its group'];
  const { removedFiles, removedBytes, missingFiles } = tally.cleaned;
  return [
    `cleanup    ${formatCount(tally.cleanedShards)} shards, ${formatCount(removedFiles)} files removed (${formatBytesShort(removedBytes)}), ${formatCount(keptFiles(tally.cleaned))} kept, ${formatCount(missingFiles)} missing`,
    ...[...tally.cleanupTroubles].map(([table, trouble]) => `waiting    ${table}: ${trouble}`),
  ];
}

function shardText({ name, rows, bytes }: { name: string; rows: number; bytes: number }): string {
  const leaf = name.slice(name.lastIndexOf('/') + 1);
  return `shard      ${leaf}  ${formatCount(rows)} rows, ${formatBytesShort(bytes)}`;
}

function rate(rowsPerSecond: number): string {
  return `${formatCount(Math.round(rowsPerSecond))} rows/s`.padEnd(12);
}

function markText(now: Micros, time: Micros | undefined): string {
  if (time === undefined) return 'no mark yet';
  const age = now - time;
  return age > MARK_IS_OLD_MICROS
    ? `last mark ${formatAge(age)} old: a transaction is open for so long`
    : `marks ${(Math.max(0, age) / MICROS_PER_SECOND).toFixed(1)} s old`;
}

function watermarkText(
  now: Micros,
  table: LiveBlockOptions['tables'][number],
  { watermarks }: LiveTally,
): string {
  const watermark = watermarks.of(table.id);
  if (watermark === undefined) return 'none of its partitions is here yet';
  const cutoff = floorToWindow((now - table.lagMicros) as Micros, table.window.sizeMicros);
  const behind = cutoff - watermark;
  const verdict = behind > 0 ? `${formatAge(behind)} behind` : 'all that is due is archived';
  return `${clockText(watermark, now)}, ${formatAge(now - watermark)} ago: ${verdict}`;
}

/** The time of day is enough for what happened within a day. */
function clockText(time: Micros, now: Micros): string {
  const iso = new Date(Math.floor(time / 1_000)).toISOString();
  const isNear = Math.abs(now - time) < 86_400 * MICROS_PER_SECOND;
  return isNear ? `${iso.slice(11, 19)} UTC` : `${iso.slice(0, 19)}Z`;
}

function clip(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
