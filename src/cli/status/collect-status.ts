import { systemClock } from '../../base/clock.ts';
import { Events } from '../../base/event-map.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config } from '../../config/config.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { computeLag } from '../../watermark/cycle-span.ts';
import { readLagOf, readSlotReport } from '../probes.ts';
import { readArchiveConfig } from '../read-archive-config.ts';
import { Problems } from './problems.ts';
import { estimateSnapshots, readCaptureStand } from './read-capture.ts';
import type { CaptureStand } from './read-capture.ts';
import { readCleanup } from './read-cleanup.ts';
import { readOpenTransactions, reportMarks } from './read-marks.ts';
import { readConnector } from './read-connector.ts';
import { readRecentEvents } from './recent-events.ts';
import { reportTable } from './report-table.ts';
import { SlotPace } from './slot-pace.ts';
import { SnapshotPaces } from './snapshot-pace.ts';
import type { SlotReport, StatusReport } from './status-report.ts';

/** One look. Who looks again and again keeps a {@link StatusReader}, which then knows how fast things go. */
export function collectStatus(config: Config, now: Micros): Promise<StatusReport> {
  return new StatusReader(config).read(now);
}

/**
 * Reads Postgres and Kafka at once. What cannot be reached is a problem in the report, not an exception. Where no brokers
 * are configured, cycles archive, and there is no slot and no log to ask.
 *
 * What grows is read twice by the first look, before and after everything else, so that even one look may say how fast.
 */
export class StatusReader {
  readonly #config: Config;
  readonly #slotPace = new SlotPace();
  readonly #snapshotPaces = new SnapshotPaces();
  #hasLooked = false;

  constructor(config: Config) {
    this.#config = config;
  }

  async read(now: Micros): Promise<StatusReport> {
    const config = this.#config;
    const [problems, events, by] = [new Problems(), new Events(), archivedBy(config)];
    const ofStream = async <T>(read: () => Promise<T>): Promise<T | null> =>
      by === 'stream' ? problems.attempt(read) : null;
    const { debezium } = config;
    const [slot, connector, archiveConfig, recent, cleanup, capture, open, lags] = await Promise.all([
      debezium === null ? ofStream(() => readSlotReport(config, this.#slotPace)) : null,
      debezium === null ? null : ofStream(() => readConnector(config, debezium)),
      problems.attempt(() => readArchiveConfig(config)),
      ofStream(() => readRecentEvents(config, events)),
      ofStream(() => readCleanup(config, events)),
      debezium === null ? ofStream(() => this.#readCapture(events)) : null,
      debezium === null ? ofStream(() => readOpenTransactions(config, now)) : null,
      Promise.all(config.tables.map((table) => ofStream(() => readLagOf({ config, table, now, events })))),
    ]);
    const again = await this.#lookAgain(problems, { slot, capture });
    const estimates = await ofStream(() => estimateSnapshots(config, again.capture?.snapshots ?? new Map()));
    if (archiveConfig !== null) problems.addMissingRows(config, archiveConfig, by);
    const tables = config.tables.map((table, index) => {
      const row = archiveConfig?.get(table.id) ?? null;
      const snapshot = again.capture?.snapshots.get(table.id);
      const estimate = estimates?.get(table.id) ?? null;
      return reportTable({
        table,
        now,
        lag: lags[index] ?? null,
        recent,
        cleanup: cleanup?.get(table.id) ?? null,
        archivedUntil: row?.archivedUntil ?? null,
        lagMicros:
          by === 'stream' ? table.lagMicros : computeLag({ ...table, lagDays: row?.lagDays ?? null }),
        snapshot:
          snapshot === undefined ? null : this.#snapshotPaces.report(table.id, snapshot.rows, estimate),
      });
    });
    const marks = reportMarks(again.capture?.markTime ?? null, open, now);
    const found = problems.found;
    return {
      ...{ name: config.name, at: formatMicros(now), archivedBy: by, slot: again.slot, connector, marks },
      ...{ tables, problems: found },
    };
  }

  async #readCapture(events: Events): Promise<CaptureStand> {
    const stand = await readCaptureStand(this.#config, events);
    for (const [table, { rows }] of stand.snapshots) this.#snapshotPaces.note(table, rows, systemClock.now());
    return stand;
  }

  /** The first look only, and only at what moves. */
  async #lookAgain(
    problems: Problems,
    seen: { readonly slot: SlotReport | null; readonly capture: CaptureStand | null },
  ): Promise<typeof seen> {
    if (this.#hasLooked) return seen;
    this.#hasLooked = true;
    const hasSnapshot = seen.capture !== null && seen.capture.snapshots.size > 0;
    const [slot, capture] = await Promise.all([
      seen.slot?.state === 'idle'
        ? problems.attempt(() => readSlotReport(this.#config, this.#slotPace))
        : seen.slot,
      hasSnapshot ? problems.attempt(() => this.#readCapture(new Events())) : seen.capture,
    ]);
    return { slot, capture };
  }
}
