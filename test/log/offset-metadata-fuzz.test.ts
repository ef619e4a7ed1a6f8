import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import {
  decodePartition,
  decodePosition,
  encodePartition,
  encodePosition,
  METADATA_BYTES_MAX,
} from '../../src/log/position-codec.ts';
import { decodeProgress, encodeProgress } from '../../src/log/progress-codec.ts';
import { compareRowKeys } from '../../src/model/capture-position.ts';
import type { CapturePosition, RowKey, SnapshotState } from '../../src/model/capture-position.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutatedText } from '../support/mutated.ts';

const times = fc.maxSafeInteger().map(micros);
const positionsInWal = fc.bigInt(0n, 2n ** 64n - 1n).map(lsn);

const positions = fc
  .record({
    lsn: positionsInWal,
    ordinal: fc.maxSafeNat(),
    epoch: fc.maxSafeNat(),
    sequence: fc.maxSafeNat(),
    time: fc.option(times),
  })
  .map((position): CapturePosition => ({ ...position, snapshots: new Map() }));

const counters = fc.record({ rows: fc.maxSafeNat(), total: fc.maxSafeNat() });

/** Postgres's text has no NUL; its B-tree takes keys of some 2,700 bytes, more when they compress. */
const uids = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .tuple(fc.constantFrom('x', '\u0001', '"', 'é', '😀', 'a\u0301\u{10ffff}'), fc.nat(8_000))
    .map(([unit, times]) => unit.repeat(times)),
);
const keys: fc.Arbitrary<RowKey> = fc.record({ createdAt: fc.option(times), uid: uids });

const snapshots = fc
  .record({
    done: fc.boolean(),
    lowerBound: fc.option(times),
    floor: fc.option(times),
    cap: times,
    key: fc.option(keys),
    rows: fc.maxSafeNat(),
    published: fc.option(fc.string({ maxLength: 60 })),
    legs: fc.array(fc.record({ from: fc.option(keys), consistentLsn: positionsInWal }), { maxLength: 4 }),
  })
  // The first leg of every snapshot begins at the beginning.
  .map((state): SnapshotState => ({
    ...state,
    legs: state.legs.map((leg, i) => (i === 0 ? { ...leg, from: null } : leg)),
  }));

const progresses = fc
  .record({ offset: fc.nat(), ahead: fc.nat(), watermark: times, epoch: fc.nat(), rowsSealed: fc.nat() })
  .map(({ ahead, ...raw }) => ({
    ...raw,
    offset: offset(raw.offset),
    position: offset(raw.offset + ahead),
    early: [{ end: micros(7), position: offset(raw.offset), parts: 2 }],
    earlySizeMicros: 1_000_000,
    audit: { sequence: 3, rows: 4 },
  }));

/** @returns what was read, or undefined when it was refused as it should be. */
function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_METADATA_INVALID') return undefined;
    throw error;
  }
}

describe("capture's position", () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const text = encodePosition(position);
        expect(Buffer.byteLength(text)).toBeLessThan(METADATA_BYTES_MAX);
        expect(decodePosition(text)).toEqual(position);
      }),
      runs(50),
    );
  });

  it('of a partition fits into what Kafka keeps, whatever the uids, and never claims more than was read', () => {
    fc.assert(
      fc.property(counters, snapshots, (counts, state) => {
        const text = encodePartition(counts, state);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(METADATA_BYTES_MAX);
        const decoded = decodePartition(text);
        expect(decoded.counters).toEqual(counts);
        const { key, legs, ...rest } = decoded.snapshot!;
        expect({ ...state, ...rest }).toEqual(state);
        expect(key === null).toBe(state.key === null);
        if (key !== null) expect(compareRowKeys(key, state.key!)).toBeLessThanOrEqual(0);
        // A leg that is kept begins where it began.
        expect(legs.every(({ from }) => state.legs.some((leg) => sameKey(leg.from, from)))).toBe(true);
        expect(legs.length === 0).toBe(state.legs.length === 0);
      }),
      runs(100),
    );
  });

  it('with some characters changed is refused by name or read as one that can be written', () => {
    const written = fc.oneof(
      positions.map(encodePosition),
      fc.tuple(counters, fc.option(snapshots)).map(([counts, state]) => encodePartition(counts, state)),
    );
    fc.assert(
      fc.property(mutatedText(written), (text) => {
        const position = readOrRefuse(() => decodePosition(text));
        if (position !== undefined) expect(decodePosition(encodePosition(position))).toEqual(position);
        const state = readOrRefuse(() => decodePartition(text));
        if (state === undefined) return;
        expect(decodePartition(encodePartition(state.counters, state.snapshot)).counters).toEqual(
          state.counters,
        );
      }),
      runs(1_000),
    );
  });
});

describe("the archive's progress", () => {
  it('with some characters changed is refused by name or read as one that can be written', () => {
    fc.assert(
      fc.property(mutatedText(progresses.map(encodeProgress)), fc.nat(), (metadata, start) => {
        const progress = readOrRefuse(() => decodeProgress({ offset: String(start), metadata }));
        if (progress === undefined) return;
        expect(progress.offset).toBe(start);
        expect(progress.position).toBeGreaterThanOrEqual(start);
        expect(decodeProgress({ offset: String(start), metadata: encodeProgress(progress) })).toEqual(
          progress,
        );
      }),
      runs(1_000),
    );
  });
});

it.each(['watermark', 'position', 'epoch', 'rows', 'early', 'audit'])(
  'the integer -0 in %s, which nobody writes, is refused',
  (field) => {
    const fields = { v: 1, watermark: 1, position: 1, epoch: 1, rows: 1, early: [[1, 1, 1]], audit: [1, 1] };
    const whole = JSON.stringify(fields);
    expect(decodeProgress({ offset: '0', metadata: whole })).toMatchObject({ epoch: 1 });
    const metadata = whole.replace(new RegExp(`("${field}":\\[*)1`), '$1-0');
    expect(metadata).toContain('-0');
    expect(() => decodeProgress({ offset: '0', metadata })).toThrow(/integer/);
  },
);

it.each([
  ['arrays', '['.repeat(20_000) + ']'.repeat(20_000)],
  ['objects', '{"v":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
])('metadata of deep %s is refused, at the top and in every field', (_, deep) => {
  for (const text of [
    deep,
    ...['lsn', 'ordinal', 'rows', 'snapshot', 'early', 'audit', 'watermark'].map(
      (field) => `{"v":1,"${field}":${deep}}`,
    ),
    `{"v":1,"rows":0,"total":0,"snapshot":{"key":null,"bound":null,"floor":null,"cap":0,"rows":0,"legs":[[${deep}]]}}`,
  ]) {
    expect(readOrRefuse(() => decodePosition(text))).toBeUndefined();
    expect(readOrRefuse(() => decodePartition(text))).toBeUndefined();
    expect(readOrRefuse(() => decodeProgress({ offset: '0', metadata: text }))).toBeUndefined();
  }
});

it('metadata that is cut off is refused without a word of what it held', () => {
  const state: SnapshotState = {
    ...{ done: false, lowerBound: null, floor: null, cap: micros(1), rows: 1, published: null, legs: [] },
    key: { createdAt: micros(1), uid: 'a secret uid' },
  };
  const text = encodePartition({ rows: 1, total: 1 }, state);
  for (let length = 1; length < text.length; length++) {
    const cut = text.slice(0, length);
    expect(() => decodePartition(cut)).toThrow(
      expect.objectContaining({ detail: expect.not.stringContaining('secr') as string }),
    );
  }
});

function sameKey(a: RowKey | null, b: RowKey | null): boolean {
  return a === null || b === null ? a === b : compareRowKeys(a, b) === 0;
}
