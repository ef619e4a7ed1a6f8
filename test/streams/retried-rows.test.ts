import { describe, expect, it } from 'vitest';
import { describeSeal } from '../support/describe-unit.ts';
import { gatherLog, gatherOutcome } from '../support/gather-log.ts';
import { LogBuilder } from '../support/log-builder.ts';

/** A row that was sent again: no mark counts it. */
function retry(log: LogBuilder, uid: string, createdAt: number): void {
  log.row(uid, createdAt, { isRetry: true });
  log.uncount(1);
}

describe('a row that was sent again after a reject', () => {
  it('is late, and neither surplus nor counted by a mark', () => {
    const log = new LogBuilder();
    log.row('a', 7);
    log.mark(12);
    retry(log, 'b', 8);
    log.row('c', 15);
    log.mark(22);
    const units = gatherLog({ entries: log.entries });
    const seals = units.flatMap(({ seals }) => seals);
    expect(seals.map(describeSeal)).toEqual([
      'window (0,10] a:7@0 of 1, offsets 0..0',
      'late (0,10] b:8@2 of 1, offsets 2..2, drop committed',
      'window (10,20] c:15@3 of 1, offsets 3..3',
    ]);
    expect(seals.map(({ retried }) => retried)).toEqual([0, 1, 0]);
    expect(units.map(({ surplusRows }) => surplusRows)).toEqual([0, 0]);
  });

  it('does not pass for a row that is missing', () => {
    const log = new LogBuilder();
    log.row('a', 7);
    log.mark(8);
    retry(log, 'b', 3);
    log.mark(12, { rows: 1 });
    expect(gatherOutcome({ entries: log.entries }).error).toMatchObject({ code: 'ERR_LEDGER_UNBALANCED' });
  });

  it('that is rejected again is no row that was sent either', () => {
    const log = new LogBuilder();
    log.row('a', 7);
    log.mark(8);
    retry(log, 'far', 100_000);
    log.row('b', 9);
    log.mark(12);
    const [unit] = gatherLog({
      entries: log.entries.map((entry) =>
        entry.kind === 'row' && entry.uid === 'far' ? { ...entry, serverClock: 9 as never } : entry,
      ),
    });
    expect(unit).toMatchObject({ rejectedRows: 0, surplusRows: 0 });
    expect(unit!.rejects.map(({ uid, reason }) => [uid, reason])).toEqual([['far', 'created_at_far_ahead']]);
  });
});
