import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import type { TableLag } from '../../log/lag.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import { explainRefusal } from '../explain-refusal.ts';
import { readLagOf, readSlotReport } from '../probes.ts';
import { readArchivedUntil } from '../read-archived-until.ts';
import { readRecentEvents } from './recent-events.ts';
import type { RecentEvents } from './recent-events.ts';
import type { PartitionReport, ProblemReport, StatusReport, TableReport } from './status-report.ts';

/** Reads Postgres and Kafka at once. What cannot be reached is a problem in the report, not an exception. */
export async function collectStatus(config: Config, now: Micros): Promise<StatusReport> {
  const problems: ProblemReport[] = [];
  const attempt = async <T>(read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (refused) {
      const error = explainRefusal(refused);
      if (!(error instanceof TidemarkError)) throw error;
      const { code, detail, remedy } = error;
      if (!problems.some((known) => known.code === code && reasonIn(known.detail) === reasonIn(detail)))
        problems.push({ code, detail, remedy });
      return null;
    }
  };
  const events = new Events();
  const [slot, archivedUntil, recent, lags] = await Promise.all([
    attempt(() => readSlotReport(config)),
    attempt(() => readArchivedUntil(config)),
    attempt(() => readRecentEvents(config, events)),
    Promise.all(config.tables.map((table) => attempt(() => readLagOf({ config, table, now, events })))),
  ]);
  if (archivedUntil !== null) {
    for (const { id } of config.tables.filter((table) => !archivedUntil.has(table.id))) {
      const detail = `${id} has no row in des_archive_config`;
      problems.push({ code: 'ERR_PREREQUISITE', detail, remedy: 'Run `tidemark init`.' });
    }
  }
  const tables = config.tables.map((table, index) =>
    reportTable({
      table,
      now,
      lag: lags[index] ?? null,
      recent,
      archivedUntil: archivedUntil?.get(table.id) ?? null,
    }),
  );
  return { name: config.name, at: formatMicros(now), slot, tables, problems };
}

/** One server is asked by several readers: `connect: no such host` and `connect for status: no such host`. */
function reasonIn(detail: string): string {
  return detail.replace(/^connect[\w ]*: /, '');
}

function reportTable(options: {
  table: TableConfig;
  now: Micros;
  lag: TableLag | null;
  recent: RecentEvents | null;
  archivedUntil: Micros | null;
}): TableReport {
  const { table, now, lag, recent, archivedUntil } = options;
  const watermark = lag?.watermark ?? archivedUntil;
  const cutoff = floorToWindow((now - table.lagMicros) as Micros, table.window.sizeMicros);
  return {
    table: table.id,
    archivedUntil: textOf(archivedUntil),
    watermark: textOf(watermark),
    watermarkAgeSeconds: watermark === null ? null : (now - watermark) / MICROS_PER_SECOND,
    behindSeconds: watermark === null ? null : Math.max(0, cutoff - watermark) / MICROS_PER_SECOND,
    rows: lag === null ? null : rowsOf(lag),
    windowsAfterWatermark:
      watermark === null ? null : Math.max(0, Math.ceil((now - watermark) / table.window.sizeMicros)),
    partitions: (lag?.progress ?? []).map((progress, partition): PartitionReport => ({
      partition,
      watermark: textOf(progress?.watermark ?? null),
      position: progress?.position ?? null,
      rowsSealed: progress?.rowsSealed ?? null,
    })),
    lastSeals: recent?.seals.get(table.id) ?? [],
    lastRejects: recent?.rejects.get(table.id) ?? [],
  };
}

function rowsOf({ sent, sealed, notYetDue, gathering, overdue }: TableLag): NonNullable<TableReport['rows']> {
  return { sent, sealed, notYetDue, gathering, overdue };
}

function textOf(time: Micros | null): string | null {
  return time === null ? null : formatMicros(time);
}
