import { filter, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Reject, RejectReason, RowEntry } from '../model/row.ts';
import { windowEnd } from '../model/window.ts';
import type { Audit, AuditedEntry } from './audit-marks.ts';

/** An entry that knows its place: the window of a row, the reason of a reject, the time of a mark. */
export type PlacedEntry = PlacedRow | PlacedReject | PlacedMark;

interface Placed {
  readonly offset: Offset;
  /** What the audit knows on either side of the entry. */
  readonly before: Audit;
  readonly after: Audit;
}

export interface PlacedRow extends Placed {
  readonly kind: 'row';
  readonly row: RowEntry;
  /** End of the row's window. */
  readonly end: Micros;
}

export interface PlacedReject extends Placed {
  readonly kind: 'reject';
  readonly reject: Reject;
  /** True when it counts as a row that was sent. */
  readonly isRow: boolean;
}

export interface PlacedMark extends Placed {
  readonly kind: 'mark';
  readonly time: Micros;
  readonly surplusRows: number;
}

export interface AssignToWindowOptions {
  readonly sizeMicros: number;
  /** How far created_at may lie ahead of the server's clock. */
  readonly aheadMaxMicros: number;
  /** Rejects before it were published already and are left out. */
  readonly position: Offset;
}

/** Gives each row the end of its window, and makes rejects of what can never be archived. No state. */
export function assignToWindow(options: AssignToWindowOptions): OperatorFunction<AuditedEntry, PlacedEntry> {
  return (audited) =>
    audited.pipe(
      map((entry) => placeEntry(entry, options)),
      filter((placed) => placed.kind !== 'reject' || placed.offset >= options.position),
    );
}

/** The place of one entry. */
export function placeEntry(audited: AuditedEntry, options: AssignToWindowOptions): PlacedEntry {
  const { entry, before, after, surplusRows } = audited;
  const { offset } = entry;
  switch (entry.kind) {
    case 'mark':
      return { kind: 'mark', offset, before, after, time: entry.mark.time, surplusRows };
    case 'poison': {
      const { uid, reason, detail, isRow } = entry;
      const reject = { uid, createdAt: null, fileLocation: null, reason, detail, offset };
      return { kind: 'reject', offset, before, after, reject, isRow };
    }
    case 'row': {
      const end = windowEnd(entry.createdAt, options.sizeMicros);
      const obstacle = findObstacle(entry, end, options);
      if (obstacle === null) return { kind: 'row', offset, before, after, row: entry, end };
      const { uid, createdAt, fileLocation } = entry;
      const reject = { uid, createdAt, fileLocation, ...obstacle, offset };
      return { kind: 'reject', offset, before, after, reject, isRow: entry.isRetry !== true };
    }
  }
}

/** Half of a UTF-16 pair without the other: UTF-8 cannot say it, and two such uids would become one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function findObstacle(
  row: RowEntry,
  end: Micros,
  { sizeMicros, aheadMaxMicros }: AssignToWindowOptions,
): { reason: RejectReason; detail: string } | null {
  if (row.createdAt - row.serverClock > aheadMaxMicros) {
    return {
      reason: 'created_at_far_ahead',
      detail: `created_at lies more than ${aheadMaxMicros / 1_000_000} s ahead of the server's clock, ${formatMicros(row.serverClock)}`,
    };
  }
  if (!Number.isSafeInteger(end) || !Number.isSafeInteger(end - sizeMicros)) {
    return { reason: 'created_at_invalid', detail: 'its window reaches beyond the times that can be held' };
  }
  if (LONE_SURROGATE.test(row.uid)) {
    return { reason: 'uid_invalid', detail: 'the uid holds half of a surrogate pair' };
  }
  return null;
}
