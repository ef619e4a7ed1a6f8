import { describe, expect, it } from 'vitest';
import { MarkTimes } from '../../src/capture/mark-time.ts';
import { micros } from '../../src/model/micros.ts';

const SECOND = 1_000_000;
const OPTIONS = { marginMs: 10, holdbackMaxMs: 60_000 };
const MARGIN = 10_000;
const at = (seconds: number) => micros(1_700_000_000 * SECOND + seconds * SECOND);
const nothing = { open: [], prepared: [] };

describe('T of a mark', () => {
  it('is the clock less the margin when nothing is open', () => {
    const { time } = new MarkTimes(OPTIONS, null).next({ clock: at(0), ...nothing });
    expect(time).toBe(at(0) - MARGIN);
  });

  it('stays behind the start of the oldest open transaction', () => {
    const open = [
      { pid: 1, startedAt: at(-3) },
      { pid: 2, startedAt: at(-5) },
    ];
    const { time, overdue } = new MarkTimes(OPTIONS, null).next({ clock: at(0), open, prepared: [] });
    expect(time).toBe(at(-5) - MARGIN);
    expect(overdue).toEqual([]);
  });

  it('is no longer held back by a transaction that is open for too long, and names it', () => {
    const open = [{ pid: 7, startedAt: at(-61) }];
    const { time, overdue } = new MarkTimes(OPTIONS, null).next({ clock: at(0), open, prepared: [] });
    expect(time).toBe(at(0) - MARGIN);
    expect(overdue).toEqual([{ pid: 7, ageMs: 61_000 }]);
  });

  it('never goes back, not even when the clock does', () => {
    const times = new MarkTimes(OPTIONS, null);
    const first = times.next({ clock: at(10), ...nothing }).time;
    expect(times.next({ clock: at(0), ...nothing }).time).toBe(first);
  });

  it('stays where it was when a prepared transaction was first seen, until that is gone', () => {
    const times = new MarkTimes(OPTIONS, at(-9));
    const prepared = [{ xid: '5', preparedAt: at(-1) }];
    expect(times.next({ clock: at(0), open: [], prepared }).time).toBe(at(-9));
    expect(times.next({ clock: at(1), open: [], prepared }).time).toBe(at(-9));
    expect(times.next({ clock: at(2), ...nothing }).time).toBe(at(2) - MARGIN);
  });

  it('stays behind a prepared transaction as far as may be when no mark was ever made', () => {
    const prepared = [{ xid: '5', preparedAt: at(-1) }];
    const { time } = new MarkTimes(OPTIONS, null).next({ clock: at(0), open: [], prepared });
    expect(time).toBe(at(-61));
  });
});
