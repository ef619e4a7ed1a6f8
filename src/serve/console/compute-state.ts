import type { Explanation } from '../../cli/explain/explanation.ts';
import type { PartitionReport, StatusReport, TableReport } from '../../cli/status/status-report.ts';
import { formatMicros, MICROS_PER_SECOND, parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { ArchiveFeed } from './archive-feed.ts';
import type {
  ActionsState,
  ConsoleState,
  PartitionState,
  ReadingState,
  SlotState,
  TableState,
} from './console-state.ts';
import type { GatherTally } from './gather-tally.ts';
import { computeWindowStrip } from './window-strip.ts';

/** What the console must know of a table's configuration. */
export interface ShownTable {
  /** `schema.name`. */
  readonly id: string;
  readonly sizeMicros: number;
  readonly lagMicros: number;
  readonly latenessMicros: number;
}

/** Who runs the console. */
export interface ConsoleIdentity {
  readonly name: string;
  readonly toolVersion: string;
  readonly parts: readonly string[];
  readonly archivedBy: StatusReport['archivedBy'];
  readonly tables: readonly ShownTable[];
  readonly actions: ActionsState;
}

export interface Observed {
  readonly now: Micros;
  /** The last that came; null before the first. */
  readonly status: StatusReport | null;
  readonly explanation: Explanation | null;
  readonly readings: ConsoleState['readings'];
  readonly feed: ArchiveFeed;
  /** Null where the process does not archive. */
  readonly gathered: GatherTally | null;
  readonly pausedSince: ReadonlyMap<string, Micros>;
}

/** Nothing grows with the archive: what is beyond is counted. */
const TABLES_MAX = 50;
const PARTITIONS_MAX = 64;
const CAUSES_MAX = 20;

export const NEVER_READ: ReadingState = { at: null, problem: null };

/** From what was observed to what is shown. */
export function computeConsoleState(identity: ConsoleIdentity, observed: Observed): ConsoleState {
  const { name, toolVersion, parts, archivedBy, tables, actions } = identity;
  const { now, status, explanation, readings } = observed;
  const shown = tables.slice(0, TABLES_MAX);
  return {
    ...{ name, tool: toolVersion, at: formatMicros(now), parts, archivedBy, actions, readings },
    slot: slotOf(status),
    marks: status?.marks ?? null,
    problems: status?.problems ?? [],
    causes: explanation?.causes.slice(0, CAUSES_MAX) ?? null,
    causesMore: Math.max(0, (explanation?.causes.length ?? 0) - CAUSES_MAX),
    tables: Object.fromEntries(shown.map((table) => [table.id, tableState(table, observed)])),
    tablesMore: tables.length - shown.length,
  };
}

function slotOf(status: StatusReport | null): SlotState | null {
  const slot = status?.slot ?? null;
  if (slot === null) return null;
  const { name, state, activePid, lagBytes, walKeepBytes, bytesPerSecond, secondsLeft } = slot;
  return { name, state, activePid, lagBytes, walKeepBytes, bytesPerSecond, secondsLeft };
}

function tableState(table: ShownTable, observed: Observed): TableState {
  const { now, status, feed, gathered, pausedSince } = observed;
  const { id, sizeMicros, lagMicros, latenessMicros } = table;
  const report = status?.tables.find((one) => one.table === id) ?? null;
  const partitions = report?.partitions ?? [];
  const paused = pausedSince.get(id);
  return {
    windowSeconds: sizeMicros / MICROS_PER_SECOND,
    lagSeconds: lagMicros / MICROS_PER_SECOND,
    latenessSeconds: latenessMicros / MICROS_PER_SECOND,
    watermark: report?.watermark ?? null,
    archivedUntil: report?.archivedUntil ?? null,
    rows: rowsOf(report),
    oldestOverdueSeconds: report?.rows?.oldestOverdueSeconds ?? null,
    snapshot: report?.snapshot ?? null,
    partitions: partitions.slice(0, PARTITIONS_MAX).map((one) => partitionState(id, one, gathered)),
    partitionsMore: Math.max(0, partitions.length - PARTITIONS_MAX),
    windows: computeWindowStrip({
      ...{ sizeMicros, lagMicros, now },
      holdMicros: lagMicros - latenessMicros,
      watermark: timeOf(report?.watermark ?? null),
      partitionWatermarks: partitions.map(({ watermark }) => timeOf(watermark)),
      sealedRows: feed.sealedRowsOf(id),
      gatheredRows: gathered?.rowsOf(id) ?? null,
    }),
    open: gathered?.openOf(id) ?? null,
    throughput: feed.throughputOf(id, now),
    lastShards: feed.shardsOf(id),
    lastRejects: report?.lastRejects ?? [],
    pausedSince: paused === undefined ? null : formatMicros(paused),
  };
}

function rowsOf(report: TableReport | null): TableState['rows'] {
  if (report === null || report.rows === null) return null;
  const { sent, sealed, notYetDue, gathering, overdue } = report.rows;
  return { sent, sealed, notYetDue, gathering, overdue };
}

function partitionState(
  table: string,
  report: PartitionReport,
  gathered: GatherTally | null,
): PartitionState {
  const { partition, watermark, rows } = report;
  const here = gathered?.of({ table, partition });
  return {
    partition,
    watermark,
    notYetDue: rows?.notYetDue ?? null,
    gathering: rows?.gathering ?? null,
    overdue: rows?.overdue ?? null,
    kafkaLag: rows?.kafkaLag ?? null,
    openRows: here?.open.rows ?? null,
    failure: here?.failure ?? null,
  };
}

function timeOf(text: string | null): Micros | null {
  return text === null ? null : (parseMicros(text) ?? null);
}
