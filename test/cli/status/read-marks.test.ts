import { describe, expect, it } from 'vitest';
import { reportMarks, sortOut } from '../../../src/cli/status/read-marks.ts';
import { micros } from '../../../src/model/micros.ts';

const NOW = micros(1_000_000_000_000);
const who = { gid: null, xid: '7', user: 'app', application: 'nightly', state: 'active' };
const LIMIT = { now: NOW, holdbackMaxMs: 600_000 };

/** The oldest first, as they are read. */
function open(...ages: number[]) {
  return {
    transactions: ages.map((age, pid) => ({ ...who, pid, since: micros(NOW - age * 1_000_000) })),
  };
}

describe('who holds the marks back', () => {
  it('is the oldest that they wait for, and beside it the oldest that they wait for no longer', () => {
    const { heldBackBy, outwaited } = sortOut(open(7_200, 900, 600, 3), LIMIT);
    expect(heldBackBy).toEqual({ ...who, pid: 2, openSeconds: 600 });
    expect(outwaited).toEqual({ ...who, pid: 0, openSeconds: 7_200 });
  });

  it('is nobody while nothing is open', () => {
    expect(sortOut(open(), LIMIT)).toEqual({ heldBackBy: null, outwaited: null });
    expect(sortOut(open(700), LIMIT).heldBackBy).toBeNull();
  });

  it('is told with the age of the last mark, and not before there is one', () => {
    const found = sortOut(open(3), LIMIT);
    expect(reportMarks(micros(NOW - 4_000_000), found, NOW)).toMatchObject({
      ...{ ageSeconds: 4, heldBackBy: { openSeconds: 3 } },
    });
    expect(reportMarks(null, found, NOW)).toBeNull();
    expect(reportMarks(NOW, null, NOW)).toMatchObject({ heldBackBy: null, outwaited: null });
  });
});
