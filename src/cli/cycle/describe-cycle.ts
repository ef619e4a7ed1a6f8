import type { CycleReport } from '../../model/cycle.ts';
import { formatMicros, MICROS_PER_MS } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { formatAge, formatBytesShort, formatCount } from '../text-table.ts';

/** One line of JSON; docs/strategies.md has the fields. */
export function jsonOfCycle(name: string, report: CycleReport): string {
  const { table, strategy, dryRun, window, windows, files, bytes, rejects } = report;
  const { shards, shardBytes, reusedShards, updates, archivedUntil, durationMs, phases } = report;
  return JSON.stringify({
    ...{ name, table, strategy, dryRun },
    window: window && { start: textOf(window.start), end: textOf(window.end) },
    ...{ windows, files, bytes, rejects, shards, shardBytes, reusedShards, updates },
    archivedUntil: textOf(archivedUntil),
    ...{ durationMs, phases },
  });
}

/** For people. */
export function describeCycle(report: CycleReport): string {
  const { table, dryRun, window, windows, files, bytes, rejects, archivedUntil, updates } = report;
  const until = archivedUntil === null ? '' : `; archived until ${formatMicros(archivedUntil)}`;
  if (window === null) return `${table}: nothing is due${until}`;
  const start = window.start === null ? 'the beginning' : formatMicros(window.start);
  const span = `${start} to ${formatMicros(window.end)}`;
  const found = `${count(windows, 'window')}, ${count(files, 'row')} (${formatBytesShort(bytes)})`;
  if (dryRun) return `${table}: ${span} is due: ${found}${until}. Nothing was written`;
  const { shards, shardBytes, reusedShards, durationMs } = report;
  const reused = reusedShards === 0 ? '' : `, ${formatCount(reusedShards)} of them there already`;
  const rejected = rejects === 0 ? '' : `, ${formatCount(rejects)} rejected (tidemark rejects lists them)`;
  const packed = `${count(shards, 'shard')} (${formatBytesShort(shardBytes)})${reused}`;
  return `${table}: ${span}: ${found} in ${packed}${rejected}; ${count(updates, 'UPDATE')}${until}; ${formatAge(durationMs * MICROS_PER_MS)}`;
}

function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function textOf(time: Micros | null): string | null {
  return time === null ? null : formatMicros(time);
}
