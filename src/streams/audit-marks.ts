import { defer, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { TidemarkError } from '../base/errors.ts';
import type { Mark } from '../model/mark.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import type { Entry } from '../model/row.ts';

/**
 * The last mark and the rows since it. Null before the first mark of a log that was not read from its beginning;
 * sequence 0 before the first mark of one that was, because then the rows of mark 1 are all here.
 */
export type Audit = Progress['audit'];

/** An entry with what the audit knows on either side of it. */
export interface AuditedEntry {
  readonly entry: Entry;
  readonly before: Audit;
  readonly after: Audit;
  /** Rows before this mark that no mark counted; 0 for everything else. */
  readonly surplusRows: number;
}

/**
 * Compares the rows that arrive between two marks with the number that capture says it sent.
 *
 * - More rows than said come from an at-least-once source: they go on, counted as surplus.
 * - Rows sent again after a reject are not counted, so they can neither pass for a missing row nor for a surplus.
 * - A mark that came before (its sequence is not above the last one) says nothing new.
 * - The first mark of an audit that starts afresh only sets the base; but at the true beginning of the log it knows
 *   how many rows the partition was ever sent.
 * - Mark 1 behind others says that capture's own position was removed and it has begun anew.
 *
 * @throws TidemarkError ERR_LEDGER_UNBALANCED (as the stream's error) when fewer rows arrived than were sent, or a
 * mark is missing; ERR_LOG_TRUNCATED when the log was made anew and lacks what capture had sent before.
 */
export function auditMarks(options: {
  readonly progress: Pick<Progress, 'offset' | 'audit'>;
}): OperatorFunction<Entry, AuditedEntry> {
  return (entries) =>
    defer(() => {
      let audit = initialAudit(options.progress);
      return entries.pipe(
        map((entry) => {
          const audited = auditEntry(audit, entry);
          audit = audited.after;
          return audited;
        }),
      );
    });
}

function initialAudit({ offset, audit }: Pick<Progress, 'offset' | 'audit'>): Audit {
  return audit === null && offset === 0 ? { sequence: 0, rows: 0 } : audit;
}

function auditEntry(before: Audit, entry: Entry): AuditedEntry {
  if (entry.kind === 'mark') return auditMark(before, entry);
  // A row sent again after a reject was counted by its mark when it came first.
  const isRow = entry.kind === 'row' ? entry.isRetry !== true : entry.isRow;
  const after = isRow && before !== null ? { sequence: before.sequence, rows: before.rows + 1 } : before;
  return { entry, before, after, surplusRows: 0 };
}

function auditMark(before: Audit, entry: Entry & { kind: 'mark' }): AuditedEntry {
  const { mark } = entry;
  const base = { sequence: mark.sequence, rows: 0 };
  if (before === null) return { entry, before, after: base, surplusRows: 0 };
  // Read from the true beginning of the log, where capture is not at its first mark: all that it ever sent is here.
  if (before.sequence === 0 && mark.sequence !== 1) {
    if (before.rows < mark.rowsTotal) throw logMadeAnew(before.rows, mark, entry.offset);
    return { entry, before, after: base, surplusRows: 0 };
  }
  // Capture has begun anew, from nothing: its count starts again.
  const isBegun = mark.sequence === 1 && before.sequence > 1;
  if (mark.sequence <= before.sequence && !isBegun) return { entry, before, after: before, surplusRows: 0 };
  if (mark.sequence > before.sequence + 1) throw marksMissing(before.sequence, mark, entry.offset);
  if (before.rows < mark.rows) throw rowsMissing(before.rows, mark, entry.offset);
  return { entry, before, after: base, surplusRows: before.rows - mark.rows };
}

function logMadeAnew(arrived: number, mark: Mark, offset: Offset): TidemarkError {
  return new TidemarkError('ERR_LOG_TRUNCATED', {
    detail: `the log begins at offset 0, but mark ${mark.sequence} at offset ${offset} says that ${mark.rowsTotal} rows were ever sent to it and ${arrived} stand before it: the topic was made anew while capture went on, and ${mark.rowsTotal - arrived} rows are gone from it`,
    // The usual remedy would read these marks again: the log has to begin where capture begins.
    remedy:
      'In this order: stop capture and archive; delete the topic (`kafka-topics.sh --delete --topic TOPIC`: what stands in it stands in the table too); `tidemark init`; start capture and archive. Capture reads the table again above archived_until. Rows that were late, at or below archived_until, are not read again: `tidemark reconcile` finds them.',
  });
}

function marksMissing(last: number, mark: Mark, offset: Offset): TidemarkError {
  return new TidemarkError('ERR_LEDGER_UNBALANCED', {
    detail: `mark ${mark.sequence} at offset ${offset} follows mark ${last}: ${mark.sequence - last - 1} marks between them are missing from the log`,
  });
}

function rowsMissing(arrived: number, mark: Mark, offset: Offset): TidemarkError {
  return new TidemarkError('ERR_LEDGER_UNBALANCED', {
    detail: `mark ${mark.sequence} at offset ${offset} says ${mark.rows} rows were sent since mark ${mark.sequence - 1}, ${arrived} arrived: ${mark.rows - arrived} are missing from the log`,
  });
}
