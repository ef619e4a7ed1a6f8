import { catchError, map, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { auditMarks } from '../../src/streams/audit-marks.ts';
import type { AuditedEntry } from '../../src/streams/audit-marks.ts';
import { TidemarkError } from '../../src/base/errors.ts';
import type { Entry } from '../../src/model/row.ts';
import { LogBuilder, startProgress } from '../support/log-builder.ts';
import { marbles } from '../support/marbles.ts';

/** `before → after`, with the surplus of a mark. */
function describeAudit({ before, after, surplusRows }: AuditedEntry): string {
  const side = (audit: AuditedEntry['before']) =>
    audit === null ? 'unknown' : `${audit.sequence}+${audit.rows}`;
  return `${side(before)} → ${side(after)}${surplusRows === 0 ? '' : `, ${surplusRows} more`}`;
}

function named(entries: readonly Entry[]): Record<string, Entry> {
  return Object.fromEntries(entries.map((entry, i) => [String.fromCharCode(97 + i), entry]));
}

const toDetail = catchError((error: unknown) =>
  throwError(() => (error instanceof TidemarkError ? `${error.code}: ${error.detail}` : error)),
);

function expectAudits(check: {
  log: LogBuilder;
  frames: string;
  audits: Record<string, string>;
  progress?: Parameters<typeof startProgress>[0];
  error?: string;
}): void {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const { entries } = check.log;
    const letters = Object.keys(named(entries)).join('');
    const log = hot<Entry>(`${letters}|`, named(entries));
    const audited = log.pipe(
      auditMarks({ progress: startProgress(check.progress) }),
      map(describeAudit),
      toDetail,
    );
    expectObservable(audited).toBe(check.frames, check.audits, check.error);
    const end = check.frames.search(/[|#]/);
    expectSubscriptions(log.subscriptions).toBe(`^${'-'.repeat(end - 1)}!`);
  });
}

describe('auditMarks', () => {
  test('passes a log in which every mark counts its rows', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.row('b', 2);
    log.mark(3);
    log.row('c', 4);
    log.mark(5);
    expectAudits({
      log,
      frames: 'abcde|',
      audits: { a: '0+0 → 0+1', b: '0+1 → 0+2', c: '0+2 → 1+0', d: '1+0 → 1+1', e: '1+1 → 2+0' },
    });
  });

  test('counts poison that stands for a row, and no other', () => {
    const log = new LogBuilder();
    log.poison({ isRow: true });
    log.poison({ isRow: false });
    log.mark(3);
    expectAudits({ log, frames: 'abc|', audits: { a: '0+0 → 0+1', b: '0+1 → 0+1', c: '0+1 → 1+0' } });
  });

  test('refuses the first mark of a log when a row before it is missing', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.mark(3, { rows: 2 });
    expectAudits({
      log,
      frames: 'a#',
      audits: { a: '0+0 → 0+1' },
      error:
        'ERR_LEDGER_UNBALANCED: mark 1 at offset 1 says 2 rows were sent since mark 0, 1 arrived: 1 are missing from the log',
    });
  });

  test('refuses a later mark when a row before it is missing', () => {
    const log = new LogBuilder();
    log.mark(1);
    log.row('a', 1);
    log.mark(3, { rows: 3 });
    expectAudits({
      log,
      frames: 'ab#',
      audits: { a: '0+0 → 1+0', b: '1+0 → 1+1' },
      error:
        'ERR_LEDGER_UNBALANCED: mark 2 at offset 2 says 3 rows were sent since mark 1, 1 arrived: 2 are missing from the log',
    });
  });

  test('refuses a gap in the sequence of marks', () => {
    const log = new LogBuilder();
    log.mark(1);
    log.mark(3, { sequence: 4 });
    expectAudits({
      log,
      frames: 'a#',
      audits: { a: '0+0 → 1+0' },
      error:
        'ERR_LEDGER_UNBALANCED: mark 4 at offset 1 follows mark 1: 2 marks between them are missing from the log',
    });
  });

  test('lets rows pass that no mark counted, and says how many', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.row('b', 1);
    log.mark(3, { rows: 0 });
    expectAudits({
      log,
      frames: 'abc|',
      audits: { a: '0+0 → 0+1', b: '0+1 → 0+2', c: '0+2 → 1+0, 2 more' },
    });
  });

  test('ignores a mark that came before', () => {
    const log = new LogBuilder();
    log.mark(1);
    log.row('a', 1);
    log.repeatMark();
    log.mark(2, { rows: 1 });
    expectAudits({
      log,
      frames: 'abcd|',
      audits: { a: '0+0 → 1+0', b: '1+0 → 1+1', c: '1+1 → 1+1', d: '1+1 → 2+0' },
    });
  });

  test('takes the first mark it sees as its base when it begins in the middle of a log', () => {
    const log = new LogBuilder();
    log.gap(7);
    log.row('a', 1);
    log.mark(3, { sequence: 9, rows: 5 });
    log.row('b', 4);
    log.mark(5);
    expectAudits({
      log,
      progress: { offset: log.entries[0]!.offset },
      frames: 'abcd|',
      audits: { a: 'unknown → unknown', b: 'unknown → 9+0', c: '9+0 → 9+1', d: '9+1 → 10+0' },
    });
  });

  test('takes the first mark as its base when the log is younger than the marks', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.mark(3, { sequence: 9, rows: 5 });
    expectAudits({ log, frames: 'ab|', audits: { a: '0+0 → 0+1', b: '0+1 → 9+0' } });
  });

  test('refuses a log that was made anew under a capture that went on: it had sent more rows than are there', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.mark(3, { sequence: 9, rows: 1, rowsTotal: 6 });
    expectAudits({
      log,
      frames: 'a#',
      audits: { a: '0+0 → 0+1' },
      error:
        'ERR_LOG_TRUNCATED: the log begins at offset 0, but mark 9 at offset 1 says that 6 rows were ever sent to it and 1 stand before it: the topic was made anew while capture went on, and 5 rows are gone from it',
    });
  });

  test('begins anew with a capture that has begun anew, and misses none of its rows', () => {
    const log = new LogBuilder();
    log.mark(1);
    log.mark(2);
    log.row('a', 3);
    log.mark(4, { sequence: 1, rows: 1 });
    log.row('b', 5);
    log.mark(6, { sequence: 2, rows: 2 });
    expectAudits({
      log,
      frames: 'abcde#',
      audits: { a: '0+0 → 1+0', b: '1+0 → 2+0', c: '2+0 → 2+1', d: '2+1 → 1+0', e: '1+0 → 1+1' },
      error:
        'ERR_LEDGER_UNBALANCED: mark 2 at offset 5 says 2 rows were sent since mark 1, 1 arrived: 1 are missing from the log',
    });
  });

  test('goes on from what it knew at the offset where reading begins', () => {
    const log = new LogBuilder();
    log.gap(20);
    log.row('a', 1);
    log.mark(3, { sequence: 5, rows: 4 });
    const progress = { offset: log.entries[0]!.offset, audit: { sequence: 4, rows: 3 } };
    expectAudits({ log, progress, frames: 'ab|', audits: { a: '4+3 → 4+4', b: '4+4 → 5+0' } });
  });

  test('keeps a count of its own for each subscription', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.mark(3);
    marbles(({ cold, expectObservable }) => {
      const audited = cold<Entry>('ab|', named(log.entries)).pipe(
        auditMarks({ progress: startProgress() }),
        map(describeAudit),
      );
      const audits = { a: '0+0 → 0+1', b: '0+1 → 1+0' };
      expectObservable(audited).toBe('ab|', audits);
      expectObservable(audited, '--^').toBe('--ab|', audits);
    });
    expect(log.entries).toHaveLength(2);
  });
});
