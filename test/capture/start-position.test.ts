import { describe, expect, it } from 'vitest';
import { computeStart } from '../../src/capture/start-position.ts';
import type { ServerState } from '../../src/capture/start-position.ts';
import type { CapturePosition, SnapshotState } from '../../src/model/capture-position.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';

const STATE: SnapshotState = {
  done: true,
  lowerBound: null,
  floor: null,
  cap: micros(5),
  key: { createdAt: micros(4), uid: 'x' },
  legs: [{ from: null, consistentLsn: lsn(100n) }],
  rows: 9,
  published: 'files, first',
};
const COMMITTED: CapturePosition = {
  lsn: lsn(500n),
  ordinal: 4,
  epoch: 3,
  sequence: 8,
  time: micros(7),
  snapshots: new Map([
    ['public.files', STATE],
    ['public.scans', { ...STATE, published: 'scans, first' }],
  ]),
};
const AGAIN = { done: false, key: null, legs: [], rows: 0, floor: 7 };

function server(confirmed: bigint, files = 'files, first'): ServerState {
  return {
    confirmedLsn: lsn(confirmed),
    walEndLsn: lsn(9_000n),
    published: new Map([
      ['public.files', { oid: 1, identity: files }],
      ['public.scans', { oid: 2, identity: 'scans, first' }],
    ]),
  };
}

describe('the position of a new owner', () => {
  it('begins just before the slot when nothing was committed', () => {
    const { position, gaps } = computeStart(null, server(300n));
    expect(position).toMatchObject({ lsn: 299n, ordinal: 0, epoch: 1, sequence: 0 });
    expect(gaps).toEqual([]);
  });

  it('goes on at the committed one with the next epoch', () => {
    expect(computeStart(COMMITTED, server(501n))).toEqual({
      position: { ...COMMITTED, epoch: 4 },
      ...{ gaps: [], isCountAnew: false },
    });
  });

  it('reads every table again when the slot stands ahead of it, says so, and begins its marks anew', () => {
    const { position, gaps, isCountAnew } = computeStart(COMMITTED, server(502n));
    expect(position).toMatchObject({ lsn: 501n, ordinal: 0, epoch: 4, sequence: 0, time: 7 });
    expect(isCountAnew).toBe(true);
    expect([...position.snapshots.values()]).toMatchObject([AGAIN, AGAIN]);
    expect(gaps).toEqual([
      { table: 'public.files', cause: 'slot', capturedLsn: 500n },
      { table: 'public.scans', cause: 'slot', capturedLsn: 500n },
    ]);
  });

  it('reads one table again when that was published anew, and leaves the others and the stream where they are', () => {
    const { position, gaps } = computeStart(COMMITTED, server(501n, 'files, second'));
    expect(position).toMatchObject({ lsn: 500n, ordinal: 4 });
    expect(position.snapshots.get('public.files')).toMatchObject({ ...AGAIN, published: 'files, second' });
    expect(position.snapshots.get('public.scans')).toMatchObject({ done: true, legs: STATE.legs });
    expect(gaps).toEqual([{ table: 'public.files', cause: 'publication', capturedLsn: 500n }]);
  });

  it('learns what is published when the version before it did not know', () => {
    const older = { ...COMMITTED, snapshots: new Map([['public.files', { ...STATE, published: null }]]) };
    const { position, gaps } = computeStart(older, server(501n));
    expect(position.snapshots.get('public.files')).toEqual(STATE);
    expect(gaps).toEqual([]);
  });

  it('is refused when the WAL ends before it: new rows would be passed over as old ones', () => {
    const rewound = { ...server(200n), walEndLsn: lsn(499n) };
    expect(() => computeStart(COMMITTED, rewound)).toThrow(
      "ERR_WAL_REWOUND: captured up to 0/1F4, but the server's WAL ends at 0/1F3",
    );
  });
});
