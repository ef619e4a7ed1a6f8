import { describe, expect, it } from 'vitest';
import {
  decodePartition,
  decodePosition,
  encodePartition,
  encodePosition,
  METADATA_BYTES_MAX,
} from '../../src/log/position-codec.ts';
import type { SnapshotState } from '../../src/model/capture-position.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';

const COUNTERS = { rows: 3, total: 40 };

function snapshot(legs: number, uid = 'uid'): SnapshotState {
  return {
    done: false,
    lowerBound: micros(-5),
    floor: null,
    cap: micros(9),
    key: { createdAt: null, uid },
    rows: 7,
    published: '16385/731/16390',
    legs: Array.from({ length: legs }, (_, i) => ({
      from: i === 0 ? null : { createdAt: micros(i), uid: `${uid}-${i}` },
      consistentLsn: lsn(1_000n - BigInt(i)),
    })),
  };
}

describe('the position in offset metadata', () => {
  it('comes back as it was written', () => {
    const position = { lsn: lsn(0x1_0000_0002n), ordinal: 5, epoch: 2, sequence: 9, time: micros(-1) };
    const decoded = decodePosition(encodePosition({ ...position, snapshots: new Map() }));
    expect(decoded).toEqual({ ...position, snapshots: new Map() });
    expect(decodePartition(encodePartition(COUNTERS, null))).toEqual({ counters: COUNTERS, snapshot: null });
    const state = snapshot(3, 'ä"\n');
    expect(decodePartition(encodePartition(COUNTERS, state)).snapshot).toEqual(state);
  });

  it('merges the oldest legs under the lower LSN when they do not fit', () => {
    const text = encodePartition(COUNTERS, snapshot(200, 'u'.repeat(20)));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(METADATA_BYTES_MAX);
    const { legs } = decodePartition(text).snapshot!;
    expect(legs.at(-1)).toEqual(snapshot(200, 'u'.repeat(20)).legs.at(-1));
    expect(legs[0]!.from).toBeNull();
    const dropped = 200 - legs.length;
    expect(legs[0]!.consistentLsn).toBe(1_000n - BigInt(dropped));
  });

  it.each(['', 'null', '{"v":2}', '{"v":1}', '[1]', 'lag-tool', '{"v":1,"lsn":"x"}'])(
    'refuses metadata that is not ours: %j',
    (metadata) => {
      expect(() => decodePosition(metadata)).toThrow(
        expect.objectContaining({ code: 'ERR_METADATA_INVALID' }),
      );
      expect(() => decodePartition(metadata)).toThrow(
        expect.objectContaining({ code: 'ERR_METADATA_INVALID' }),
      );
    },
  );

  it('of a version before this one says nothing of the publication', () => {
    const { snapshot: state } = JSON.parse(encodePartition(COUNTERS, snapshot(1))) as { snapshot: object };
    const text = JSON.stringify({ v: 1, ...COUNTERS, snapshot: { ...state, published: undefined } });
    expect(decodePartition(text).snapshot).toEqual({ ...snapshot(1), published: null });
  });
});
