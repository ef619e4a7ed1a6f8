import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import type { TableLag } from '../../log/lag.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import { computeLag } from '../../watermark/cycle-span.ts';
import { explainRefusal } from '../explain-refusal.ts';
import { readLagOf, readSlotReport } from '../probes.ts';
import { readArchiveConfig } from '../read-archive-config.ts';
import { readCleanup } from './read-cleanup.ts';
import { readConnector } from './read-connector.ts';
import { readRecentEvents } from './recent-events.ts';
import type { RecentEvents } from './recent-events.ts';
import type { CleanupStandReport, PartitionReport, ProblemReport } from './status-report.ts';
import type { StatusReport, TableReport } from './status-report.ts';

/**
 * Reads Postgres and Kafka at once. What cannot be reached is a problem in the report, not an exception. Where no brokers
 * are configured, cycles archive, and there is no slot and no log to ask.
 */
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
  const by = archivedBy(config);
  const ofStream = async <T>(read: () => Promise<T>): Promise<T | null> =>
    by === 'stream' ? attempt(read) : null;
  const { debezium } = config;
  const [slot, connector, archiveConfig, recent, cleanup, lags] = await Promise.all([
    debezium === null ? ofStream(() => readSlotReport(config)) : null,
    debezium === null ? null : ofStream(() => readConnector(config, debezium)),
    attempt(() => readArchiveConfig(config)),
    ofStream(() => readRecentEvents(config, events)),
    ofStream(() => readCleanup(config, events)),
    Promise.all(config.tables.map((table) => ofStream(() => readLagOf({ config, table, now, events })))),
  ]);
  if (archiveConfig !== null) {
    for (const { id } of config.tables.filter((table) => !archiveConfig.has(table.id))) {
      const detail = `${id} has no row in des_archive_config`;
      const remedy = by === 'stream' ? 'Run `tidemark init`.' : 'Run `tidemark init --batch`.';
      problems.push({ code: 'ERR_PREREQUISITE', detail, remedy });
    }
  }
  const tables = config.tables.map((table, index) => {
    const row = archiveConfig?.get(table.id) ?? null;
    return reportTable({
      table,
      now,
      lag: lags[index] ?? null,
      recent,
      cleanup: cleanup?.get(table.id) ?? null,
      archivedUntil: row?.archivedUntil ?? null,
      lagMicros: by === 'stream' ? table.lagMicros : computeLag({ ...table, lagDays: row?.lagDays ?? null }),
    });
  });
  return { name: config.name, at: formatMicros(now), archivedBy: by, slot, connector, tables, problems };
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
  cleanup: CleanupStandReport | null;
  archivedUntil: Micros | null;
  lagMicros: number;
}): TableReport {
  const { table, now, lag, recent, cleanup, archivedUntil, lagMicros } = options;
  const watermark = lag?.watermark ?? archivedUntil;
  const cutoff = floorToWindow((now - lagMicros) as Micros, table.window.sizeMicros);
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
    cleanup,
  };
}

function rowsOf({ sent, sealed, notYetDue, gathering, overdue }: TableLag): NonNullable<TableReport['rows']> {
  return { sent, sealed, notYetDue, gathering, overdue };
}

function textOf(time: Micros | null): string | null {
  return time === null ? null : formatMicros(time);
}
