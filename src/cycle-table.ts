import type { Client } from 'pg';
import type { Clock } from './base/clock.ts';
import type { Events } from './base/event-map.ts';
import { failpoint } from './base/failpoint.ts';
import { readSafeTime } from './capture/safe-time.ts';
import type { Config, TableConfig } from './config/config.ts';
import { CycleParts } from './cycle-parts.ts';
import type { CycleReport, CycleStrategy } from './model/cycle.ts';
import { MICROS_PER_MS } from './model/micros.ts';
import type { Micros } from './model/micros.ts';
import type { SealWindow } from './model/seal.ts';
import type { Sink } from './sinks/sink.ts';
import { advanceArchivedUntil, findArchiveConfig, requireArchiveConfig } from './watermark/archive-config.ts';
import type { ArchiveConfigRow } from './watermark/archive-config.ts';
import { requireArchivedColumn } from './watermark/archived-column.ts';
import { markArchived } from './watermark/mark-archived.ts';
import { computeCutoff, computeLag, computeSpan, NOTHING_DONE } from './watermark/cycle-span.ts';
import { CycleTotals } from './watermark/cycle-totals.ts';
import { sealRecords } from './watermark/per-record-cycle.ts';
import { PhaseTimes } from './watermark/phase-times.ts';
import { postgresTrouble, withPostgres } from './watermark/postgres-connection.ts';
import { takeTableLock } from './watermark/table-lock.ts';
import { sealSpan } from './watermark/watermark-cycle.ts';

export interface TableCycleOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly strategy: CycleStrategy;
  /** Rows of one UPDATE of the per-record strategy. */
  readonly batchRows: number;
  /** Null in a dry run, which seals nothing. */
  readonly seal: SealWindow | null;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly events: Events;
  readonly isDraining: () => boolean;
  readonly signal: AbortSignal;
}

/** Whoever holds a row for longer is told to the operator by the failing cycle; it is tried again. */
const LOCK_TIMEOUT_MS = 30_000;

/**
 * One batch cycle over one table, without Kafka. Its connection holds the table's lock, so an UPDATE that goes through
 * went through under the lock.
 *
 * @throws TidemarkError ERR_TABLE_TAKEN, ERR_PREREQUISITE, ERR_TABLE_INVALID, ERR_POSTGRES_UNREACHABLE, what the sealer
 * throws. Then no watermark has moved, and no row of the batch under way is marked.
 */
export function runTableCycle(options: TableCycleOptions): Promise<CycleReport> {
  const { config, table, strategy, seal } = options;
  const applicationName = `tidemark-cycle ${config.name}`;
  const connection = { url: config.postgres.url, applicationName, lockTimeoutMs: LOCK_TIMEOUT_MS };
  return withPostgres(connection, async (client) => {
    if (seal !== null) await takeTableLock(client, table.id, 'exclusive');
    const cycle = new TableCycle(options, client);
    return strategy === 'watermark' ? cycle.byWatermark() : cycle.byRecord();
  });
}

class TableCycle {
  readonly #options: TableCycleOptions;
  readonly #client: Client;
  readonly #parts: CycleParts;
  readonly #times = new PhaseTimes();
  readonly #totals = new CycleTotals();
  readonly #beganAt = performance.now();

  constructor(options: TableCycleOptions, client: Client) {
    this.#options = options;
    this.#client = client;
    this.#parts = new CycleParts(options);
  }

  async byWatermark(): Promise<CycleReport> {
    const { table, events, isDraining, signal } = this.#options;
    const row = await this.#ask(() => requireArchiveConfig(this.#client, this.#key()));
    const { cutoff, lagMicros } = await this.#computeCutoff(row);
    const span = computeSpan({ archivedUntil: row.archivedUntil, cutoff });
    this.#started(span, row.archivedUntil, lagMicros);
    if (span === null) return this.#finished({ window: null, archivedUntil: row.archivedUntil, updates: 0 });
    const { partitions: partitionCount } = table;
    const until = await sealSpan({
      ...{ table: table.id, span, events, isDraining, signal, totals: this.#totals, times: this.#times },
      rows: this.#parts.rows({ ...span, partitionCount }),
      gathering: this.#parts.gather(partitionCount),
      seals: this.#parts.seals(partitionCount),
      mayEndEarly: this.#parts.isUtc,
    });
    const window = { start: span.start, end: until };
    if (until <= span.start || this.#options.seal === null)
      return this.#finished({ window, archivedUntil: span.start, updates: 0 });
    failpoint('cycle:sealed');
    await this.#advance(row, until);
    failpoint('cycle:updated');
    return this.#finished({ window, archivedUntil: until, updates: 1 });
  }

  async byRecord(): Promise<CycleReport> {
    const { table, batchRows, events, isDraining, signal } = this.#options;
    const column = await this.#ask(() =>
      requireArchivedColumn(this.#client, { table: table.ref, column: table.archivedColumn }),
    );
    const row = await this.#ask(() => findArchiveConfig(this.#client, this.#key()));
    const { cutoff, lagMicros } = await this.#computeCutoff(row);
    const window = { start: null, end: cutoff };
    const archivedUntil = row?.archivedUntil ?? null;
    this.#started(window, archivedUntil, lagMicros);
    const committed = this.#parts.committed();
    const condition = `${column.name} = FALSE`;
    const updates = await sealRecords({
      ...{ table: table.id, events, isDraining, signal, totals: this.#totals, times: this.#times },
      batches: this.#parts.rows({ ...window, pageRows: batchRows, condition, partitionCount: 1 }),
      gather: () => this.#parts.gather(1),
      seals: this.#parts.seals(1),
      findCommitted: (part) => committed.find(part.window, part.rows, signal),
      mark: (uids) => markArchived(this.#client, column, uids),
    });
    return this.#finished({ window, archivedUntil, updates });
  }

  #key() {
    const { id, archiveConfigId } = this.#options.table;
    return { table: id, id: archiveConfigId };
  }

  async #computeCutoff(row: ArchiveConfigRow | null) {
    const { config, table, clock, events } = this.#options;
    const lagMicros = computeLag({ ...table, lagDays: row?.lagDays ?? null });
    const marks = { ...config.marks, marginMs: Math.ceil(config.marks.marginMicros / MICROS_PER_MS) };
    // Beyond this age no transaction is waited for anyway, by the rule of the marks.
    const mustAsk = lagMicros <= marks.holdbackMaxMs * MICROS_PER_MS + marks.marginMicros;
    const safeUntil = mustAsk ? await readSafeTime({ url: config.postgres.url, marks, events }) : null;
    const now = clock.now();
    return { lagMicros, cutoff: computeCutoff({ now, lagMicros, ...table.window, safeUntil }) };
  }

  async #advance({ id, archivedUntil: from }: ArchiveConfigRow, to: Micros): Promise<void> {
    const { table, events } = this.#options;
    await this.#times.measure('update', () =>
      this.#ask(() => advanceArchivedUntil({ client: this.#client, id, to })),
    );
    events.emit('database:operated', { operation: 'update', count: 1 });
    events.emit('watermark:moved', { table: table.id, from, to });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      throw postgresTrouble(`cycle over ${this.#options.table.id}`, cause);
    }
  }

  #started(window: CycleReport['window'], archivedUntil: Micros | null, lagMicros: number): void {
    const { table, strategy, events } = this.#options;
    events.emit('cycle:started', { table: table.id, strategy, window, archivedUntil, lagMicros });
  }

  #finished(done: Pick<CycleReport, 'window' | 'archivedUntil' | 'updates'>): CycleReport {
    const { table, strategy, seal, events } = this.#options;
    const report: CycleReport = {
      ...NOTHING_DONE,
      ...{ table: table.id, strategy, dryRun: seal === null },
      ...done,
      ...this.#totals.counts(),
      durationMs: Math.round(performance.now() - this.#beganAt),
      phases: this.#times.spent(),
    };
    events.emit('cycle:finished', { table: table.id, strategy, report });
    return report;
  }
}
