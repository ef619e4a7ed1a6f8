import type { TableConfig } from '../../config/config.ts';
import type { PartitionLag, TableLag } from '../../log/lag.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import type { RecentEvents } from './recent-events.ts';
import type { CleanupStandReport, PartitionReport, SnapshotReport, TableReport } from './status-report.ts';

/** Pure. */
export function reportTable(options: {
  table: TableConfig;
  now: Micros;
  lag: TableLag | null;
  recent: RecentEvents | null;
  cleanup: CleanupStandReport | null;
  archivedUntil: Micros | null;
  lagMicros: number;
  snapshot: SnapshotReport | null;
}): TableReport {
  const { table, now, lag, recent, cleanup, archivedUntil, lagMicros, snapshot } = options;
  const watermark = lag?.watermark ?? archivedUntil;
  const cutoff = floorToWindow((now - lagMicros) as Micros, table.window.sizeMicros);
  return {
    table: table.id,
    archivedUntil: textOf(archivedUntil),
    watermark: textOf(watermark),
    watermarkAgeSeconds: watermark === null ? null : (now - watermark) / MICROS_PER_SECOND,
    behindSeconds: watermark === null ? null : Math.max(0, cutoff - watermark) / MICROS_PER_SECOND,
    rows: lag === null ? null : rowsOf(lag, now),
    snapshot,
    windowsAfterWatermark:
      watermark === null ? null : Math.max(0, Math.ceil((now - watermark) / table.window.sizeMicros)),
    partitions: (lag?.partitions ?? []).map((partition) => reportPartition(partition, now)),
    lastSeals: recent?.seals.get(table.id) ?? [],
    lastRejects: recent?.rejects.get(table.id) ?? [],
    cleanup,
  };
}

function rowsOf(lag: TableLag, now: Micros): NonNullable<TableReport['rows']> {
  const { sent, sealed, notYetDue, gathering, overdue, partitions } = lag;
  const since = partitions.flatMap(({ overdueSince }) => (overdueSince === null ? [] : [overdueSince]));
  const oldest = since.length === 0 ? null : (Math.min(...since) as Micros);
  return { sent, sealed, notYetDue, gathering, overdue, oldestOverdueSeconds: secondsSince(oldest, now) };
}

function reportPartition(lag: PartitionLag, now: Micros): PartitionReport {
  const { partition, progress, notYetDue, gathering, overdue, sealedAhead, marks, rest } = lag;
  return {
    partition,
    watermark: textOf(progress?.watermark ?? null),
    position: progress?.position ?? null,
    rowsSealed: progress?.rowsSealed ?? null,
    rows: {
      ...{ notYetDue, gathering, overdue, oldestOverdueSeconds: secondsSince(lag.overdueSince, now) },
      ...{ kafkaLag: progress === null ? null : lag.offsets, sealedAhead, marks, rest },
    },
  };
}

function secondsSince(time: Micros | null, now: Micros): number | null {
  return time === null ? null : Math.max(0, now - time) / MICROS_PER_SECOND;
}

function textOf(time: Micros | null): string | null {
  return time === null ? null : formatMicros(time);
}
