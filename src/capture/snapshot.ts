import type { Events } from '../base/event-map.ts';
import { failpoint } from '../base/failpoint.ts';
import type { CapturePosition, PendingMark, SnapshotState } from '../model/capture-position.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import type { CaptureLimits } from './capture-limits.ts';
import type { CaptureLog } from './capture-log.ts';
import type { CaptureTable } from './captured-table.ts';
import { endSession } from './end-session.ts';
import type { PublishedRelation } from './publication.ts';
import { estimateRecordBytes } from './record-size.ts';
import { openLeg } from './snapshot-leg.ts';
import { snapshotPages } from './snapshot-pages.ts';
import type { SnapshotPage } from './snapshot-pages.ts';
import { readPublishedTable } from './snapshot-query.ts';

export interface SnapshotOptions {
  readonly url: string;
  readonly publication: string;
  readonly tables: readonly CaptureTable[];
  /** What the publication has of each table now. */
  readonly published: ReadonlyMap<string, PublishedRelation>;
  readonly log: CaptureLog;
  readonly limits: CaptureLimits;
  readonly events: Events;
  /** T as for the marks of the stream: no mark of a snapshot that begins now may pass it. */
  readonly computeCap: () => Promise<Micros>;
}

/** Autumn repeats an hour of wall time: marks stay that much behind where a zone is involved. */
const ZONE_SLACK_MICROS = 3_600_000_000;

/**
 * Reads the rows that stood in the tables before the stream, one table after the other, while the stream waits.
 *
 * Each page is one Kafka transaction with its rows, its mark and how far the reading has come, so an interrupted
 * snapshot goes on behind the last row that is visible: under a new exported snapshot, as a new leg.
 *
 * @returns the position behind the snapshots; the legs stay in it until the stream has passed them.
 */
export async function takeSnapshots(
  options: SnapshotOptions,
  begin: CapturePosition,
  signal: AbortSignal,
): Promise<CapturePosition> {
  let position = begin;
  for (const table of options.tables) {
    if (position.snapshots.get(tableId(table))?.done === true) continue;
    position = await new TableSnapshot(options, table).take(position, signal);
  }
  return position;
}

class TableSnapshot {
  readonly #options: SnapshotOptions;
  readonly #table: CaptureTable;
  readonly #id: string;
  readonly #toUtc: (local: Micros) => Micros;
  readonly #isUtc: boolean;

  constructor(options: SnapshotOptions, table: CaptureTable) {
    this.#options = options;
    this.#table = table;
    this.#id = tableId(table);
    this.#toUtc = localToUtc(table.createdAtZone);
    this.#isUtc = table.createdAtZone === null || table.createdAtZone === 'UTC';
  }

  async take(begin: CapturePosition, signal: AbortSignal): Promise<CapturePosition> {
    const { url, publication, limits, events } = this.#options;
    const found = begin.snapshots.get(this.#id);
    const isBegun = found !== undefined && found.legs.length > 0;
    const before = isBegun ? found : await this.#initialState(found?.floor ?? null);
    const { client, consistentLsn } = await openLeg({
      url,
      silenceMaxMs: limits.silenceMaxMs,
      signal,
      onWaiting: (blocker) => events.emit('snapshot:waiting', { table: this.#id, ...blocker }),
    });
    // A query that takes long would otherwise keep a process that was told to end.
    const giveUp = () => void endSession(client);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      failpoint('snapshot:leg-opened');
      let state: SnapshotState = { ...before, legs: [...before.legs, { from: before.key, consistentLsn }] };
      events.emit('snapshot:started', { table: this.#id, leg: state.legs.length });
      let position = begin;
      const pages = snapshotPages({
        client,
        url,
        silenceMaxMs: limits.silenceMaxMs,
        lsn: consistentLsn,
        table: this.#table,
        published: await readPublishedTable(client, publication, this.#table),
        lowerBound: state.lowerBound,
        isUtc: this.#isUtc,
        from: state.key,
        cap: state.cap,
        toUtc: this.#toUtc,
        rowsMax: limits.snapshotPageRowsMax,
        bytesMax: limits.batchBytesMax,
      });
      for await (const page of pages) {
        signal.throwIfAborted();
        state = { ...state, key: page.key, rows: state.rows + page.rows.length };
        position = await this.#send(position, state, page);
      }
      signal.throwIfAborted();
      position = await this.#send(position, { ...state, done: true }, null);
      events.emit('snapshot:finished', { table: this.#id, rows: state.rows });
      return position;
    } finally {
      signal.removeEventListener('abort', giveUp);
      await endSession(client);
    }
  }

  /** The cap is taken before the first leg is opened: whatever it covers is then in that leg's snapshot. */
  async #initialState(floor: Micros | null): Promise<SnapshotState> {
    const archivedUntil = await this.#table.archivedUntil();
    const cap = await this.#options.computeCap();
    return {
      done: false,
      lowerBound: archivedUntil,
      floor,
      cap,
      key: null,
      legs: [],
      rows: 0,
      published: this.#options.published.get(this.#id)?.identity ?? null,
    };
  }

  async #send(
    previous: CapturePosition,
    state: SnapshotState,
    page: SnapshotPage | null,
  ): Promise<CapturePosition> {
    const { log, events } = this.#options;
    const time = this.#markTime(state);
    const mark: PendingMark = {
      epoch: previous.epoch,
      sequence: previous.sequence + 1,
      lsn: previous.lsn,
      tables: this.#markTables(previous, time),
    };
    const position: CapturePosition = {
      ...previous,
      sequence: mark.sequence,
      time: state.done ? later(previous.time, state.cap) : previous.time,
      snapshots: new Map(previous.snapshots).set(this.#id, state),
    };
    const rows = page?.rows ?? [];
    const startedMs = performance.now();
    await log.write({ rows, mark, position });
    events.emit('capture:committed', {
      rows: rows.length,
      bytes: rows.reduce((sum, row) => sum + estimateRecordBytes(row), 0),
      lsn: position.lsn,
      durationMs: performance.now() - startedMs,
    });
    failpoint('snapshot:page-sent');
    if (time !== null) events.emit('snapshot:progressed', { table: this.#id, rows: state.rows, time });
    return position;
  }

  /** What the rows sent so far let us promise; null while there is nothing to say. */
  #markTime({ done, key, cap, floor }: SnapshotState): Micros | null {
    // Behind the rows with a place in time come only those that no mark covers.
    if (done || (key !== null && key.createdAt === null)) return later(floor, cap);
    if (key === null || key.createdAt === null) return floor;
    const reached = (this.#toUtc(key.createdAt) - (this.#isUtc ? 0 : ZONE_SLACK_MICROS) - 1) as Micros;
    return later(floor, reached < cap ? reached : cap);
  }

  /** Tables that are done or stream already repeat their last time; the others are not spoken of yet. */
  #markTables(previous: CapturePosition, time: Micros | null): PendingMark['tables'] {
    const tables = new Map<string, { time: Micros; clock: Micros }>();
    for (const other of this.#options.tables.map(tableId)) {
      const done = previous.snapshots.get(other)?.done === true ? previous.time : null;
      const at = other === this.#id ? time : done;
      if (at !== null) tables.set(other, { time: at, clock: at });
    }
    return tables;
  }
}

function later(a: Micros | null, b: Micros): Micros {
  return a !== null && a > b ? a : b;
}
