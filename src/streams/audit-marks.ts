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
 * - The first mark of an audit that starts afresh only sets the base.
 *
 * @throws TidemarkError ERR_LEDGER_UNBALANCED (as the stream's error) when fewer rows arrived than were sent, or a
 * mark is missing.
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
  const isFirst = before === null || (before.sequence === 0 && mark.sequence !== 1);
  if (isFirst) return { entry, before, after: base, surplusRows: 0 };
  if (mark.sequence <= before.sequence) return { entry, before, after: before, surplusRows: 0 };
  if (mark.sequence > before.sequence + 1) throw marksMissing(before.sequence, mark, entry.offset);
  if (before.rows < mark.rows) throw rowsMissing(before.rows, mark, entry.offset);
  return { entry, before, after: base, surplusRows: before.rows - mark.rows };
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
