import { describe, expect, it } from 'vitest';
import { SlotPace } from '../../../src/cli/status/slot-pace.ts';
import type { SlotStand } from '../../../src/cli/status/slot-pace.ts';
import { SnapshotPaces } from '../../../src/cli/status/snapshot-pace.ts';
import { micros } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';

const at = (seconds: number): Micros => micros(1_000_000_000_000 + seconds * 1_000_000);

function slot(lagBytes: number | null, changes: Partial<SlotStand> = {}): SlotStand {
  return {
    ...{ name: 's', state: 'active', activePid: 7, lagBytes },
    ...{ walKeepBytes: 10_000, walLeftBytes: 6_000, ...changes },
  };
}

describe('the pace of a slot', () => {
  it('is not known at the first reading', () => {
    expect(new SlotPace().complete(slot(100), at(0))).toMatchObject({
      bytesPerSecond: null,
      secondsLeft: null,
    });
  });

  it('of one that is read is not told before it may have let go, of one that nobody reads at once', () => {
    const read = new SlotPace();
    read.complete(slot(0), at(0));
    expect(read.complete(slot(100), at(2)).bytesPerSecond).toBeNull();
    expect(read.complete(slot(2_000), at(20))).toMatchObject({ bytesPerSecond: 100, secondsLeft: 60 });
    const idle = new SlotPace();
    idle.complete(slot(0, { state: 'idle' }), at(0));
    expect(idle.complete(slot(200, { state: 'idle' }), at(2))).toMatchObject({
      bytesPerSecond: 100,
      secondsLeft: 60,
    });
  });

  it('leaves time without end while the slot keeps up, and without a limit', () => {
    const pace = new SlotPace();
    pace.complete(slot(5_000), at(0));
    expect(pace.complete(slot(1_000), at(30))).toMatchObject({
      bytesPerSecond: -4_000 / 30,
      secondsLeft: null,
    });
    const unlimited = { walKeepBytes: null, walLeftBytes: null };
    expect(pace.complete(slot(9_000, unlimited), at(60)).secondsLeft).toBeNull();
  });

  it('is that of the last five minutes', () => {
    const pace = new SlotPace();
    for (let second = 0; second <= 600; second += 30)
      pace.complete(slot(Math.max(0, second - 300)), at(second));
    expect(pace.complete(slot(330), at(630)).bytesPerSecond).toBe(1);
  });

  it('begins anew when a reader comes or goes, or the slot is made anew', () => {
    const pace = new SlotPace();
    pace.complete(slot(0), at(0));
    pace.complete(slot(9_000, { state: 'idle' }), at(60));
    expect(pace.complete(slot(9_100, { state: 'idle' }), at(61)).bytesPerSecond).toBe(100);
    pace.complete(slot(null, { state: 'missing' }), at(62));
    expect(pace.complete(slot(0, { state: 'idle' }), at(63)).bytesPerSecond).toBeNull();
  });

  it('has no time left when the server may drop the slot any moment', () => {
    const pace = new SlotPace();
    pace.complete(slot(0, { state: 'idle' }), at(0));
    const over = slot(11_000, { state: 'idle', walLeftBytes: -5 });
    expect(pace.complete(over, at(1)).secondsLeft).toBe(0);
  });
});

describe('the pace of a snapshot', () => {
  it('says how long the rest takes, once there are two readings', () => {
    const paces = new SnapshotPaces();
    paces.note('t', 1_000, at(0));
    expect(paces.report('t', 1_000, 10_000)).toEqual({
      rows: 1_000,
      estimatedRows: 10_000,
      secondsLeft: null,
    });
    paces.note('t', 4_000, at(3));
    expect(paces.report('t', 4_000, 10_000).secondsLeft).toBe(6);
    expect(paces.report('t', 4_000, null).secondsLeft).toBeNull();
  });

  it('begins anew with a snapshot that does', () => {
    const paces = new SnapshotPaces();
    paces.note('t', 4_000, at(0));
    paces.note('t', 100, at(10));
    expect(paces.report('t', 100, 10_000).secondsLeft).toBeNull();
    paces.note('t', 1_100, at(20));
    expect(paces.report('t', 1_100, 10_100).secondsLeft).toBe(90);
  });
});
