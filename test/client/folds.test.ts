import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fold } from '../../src/client/fold.ts';
import { BEFORE_ALL, decodePosition, encodePosition } from '../../src/client/position.ts';
import { WatermarkFold } from '../../src/client/watermark-fold.ts';
import { WindowsFold } from '../../src/client/windows-fold.ts';
import type { TidemarkEvent } from '../../src/log/event-contract.ts';
import { formatMicros, micros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { SEED } from '../support/seed.ts';
import { advanced, adjusted, sealed, TABLE } from './told.ts';

const SECOND = 1_000_000;
const at = (second: number): string => formatMicros(micros(second * SECOND));

/** One delivery, and the event that it came with. */
interface Seen {
  readonly event: number;
  readonly value: string;
}

function windows(floor: Micros | null): Fold<string> {
  const fold = new WindowsFold({ table: TABLE, floor });
  return {
    take: (event, place) =>
      fold
        .take(event, place)
        .map(
          ({ kind, window, shards }) => `${kind} ${window.end} ${shards.map(({ name }) => name).join(' ')}`,
        ),
    get needed() {
      return fold.needed;
    },
    get floor() {
      return fold.floor;
    },
  };
}

function watermark(floor: Micros | null): Fold<string> {
  const fold = new WatermarkFold({ table: TABLE, floor });
  return {
    take: (event, place) => fold.take(event, place).map((moved) => moved.watermark),
    get needed() {
      return fold.needed;
    },
    get floor() {
      return fold.floor;
    },
  };
}

function run(fold: Fold<string>, events: readonly TidemarkEvent[], from = 0): Seen[] {
  return events
    .slice(from)
    .flatMap((event, index) =>
      fold.take(event, offset(from + index)).map((value) => ({ event: from + index, value })),
    );
}

describe('a window', () => {
  it('is delivered when the last partition has sealed it, with the shards of all, early parts too', () => {
    const events = [
      sealed({ partition: 0, kind: 'early', end: 2, watermark: 0, parts: [1] }),
      sealed({ partition: 1, end: 2, watermark: 2, parts: [1] }),
      sealed({ partition: 0, end: 2, watermark: 2, parts: [2, 3] }),
    ];
    expect(run(windows(BEFORE_ALL), events)).toEqual([
      {
        event: 2,
        value: `window ${at(2)} 2-p0-0001.tar.zst 2-p1-0001.tar.zst 2-p0-0002.tar.zst 2-p0-0003.tar.zst`,
      },
    ]);
  });

  it('waits for partitions that have nothing in it until they say so', () => {
    const events = [
      sealed({ partition: 0, end: 2, watermark: 2, parts: [1] }),
      advanced({ partition: 1, watermark: 1 }),
      advanced({ partition: 1, watermark: 5 }),
    ];
    expect(run(windows(BEFORE_ALL), events)).toMatchObject([{ event: 2 }]);
  });

  it('is not taken for complete by a supplement of the same commit, which is told before it', () => {
    const events = [
      advanced({ partition: 1, watermark: 4 }),
      advanced({ partition: 0, watermark: 2 }),
      sealed({ partition: 0, kind: 'late', end: 1, watermark: 4, parts: [1] }),
      sealed({ partition: 0, end: 4, watermark: 4, parts: [1] }),
    ];
    expect(run(windows(BEFORE_ALL), events)).toEqual([
      { event: 2, value: `late ${at(1)} 1-p0-0001-late-7.tar.zst` },
      { event: 3, value: `window ${at(4)} 4-p0-0001.tar.zst` },
    ]);
  });

  it('of which the first half was told before the stream began is passed over', () => {
    const events = [
      sealed({ partition: 0, end: 2, watermark: 2, parts: [1] }),
      sealed({ partition: 1, end: 3, watermark: 3, parts: [1] }),
      sealed({ partition: 0, end: 3, watermark: 3, parts: [1] }),
      sealed({ partition: 0, end: 4, watermark: 4, parts: [2] }),
      sealed({ partition: 1, end: 4, watermark: 4, parts: [1] }),
      sealed({ partition: 0, end: 5, watermark: 5, parts: [1] }),
      sealed({ partition: 1, end: 5, watermark: 5, parts: [1] }),
    ];
    // At 4 the early part of partition 0 is missing.
    expect(run(windows(null), events).map(({ value }) => value.slice(0, 34))).toEqual([`window ${at(5)}`]);
  });

  it('comes again after an operator has set the watermark back', () => {
    const seal = (partition: number) => sealed({ partition, end: 2, watermark: 2, parts: [1] });
    const back = (partition: number) => adjusted({ partition, from: 2, watermark: 1 });
    const events = [seal(0), seal(1), back(0), back(1), seal(1), seal(0)];
    expect(run(windows(BEFORE_ALL), events).map(({ event }) => event)).toEqual([1, 5]);
  });
});

describe('the watermark of a table', () => {
  it('moves when the last partition moves, and back only when an operator sets it back', () => {
    const events = [
      advanced({ partition: 0, watermark: 2 }),
      advanced({ partition: 1, watermark: 1 }),
      advanced({ partition: 0, watermark: 3 }),
      advanced({ partition: 1, watermark: 4 }),
      adjusted({ partition: 0, from: 3, watermark: 2 }),
    ];
    expect(run(watermark(BEFORE_ALL), events)).toEqual([
      { event: 1, value: at(1) },
      { event: 3, value: at(3) },
      { event: 4, value: at(2) },
    ]);
  });

  it('above a window that was asked for is told alone', () => {
    const events = [0, 1, 2].flatMap((second) =>
      [0, 1].map((partition) => advanced({ partition, watermark: second })),
    );
    expect(run(watermark(micros(SECOND)), events).map(({ value }) => value)).toEqual([at(2)]);
  });
});

/** An archive of some partitions that seal at their own pace, with early parts, supplements and empty windows. */
const histories = fc
  .record({
    partitions: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(
      fc.record({ partition: fc.nat(2), kind: fc.constantFrom('window', 'early', 'late', 'empty') }),
      { maxLength: 40 },
    ),
  })
  .map(({ partitions, steps }) => {
    const stands = Array.from({ length: partitions }, () => ({ watermark: 0, part: 1 }));
    return steps.map(({ partition: chosen, kind }): TidemarkEvent => {
      const partition = chosen % partitions;
      const stand = stands[partition]!;
      const where = { partition, partitionCount: partitions };
      if (kind === 'late')
        return sealed({
          ...where,
          kind,
          end: Math.max(1, stand.watermark),
          watermark: stand.watermark,
          parts: [1],
        });
      if (kind === 'early')
        return sealed({
          ...where,
          kind,
          end: stand.watermark + 1,
          watermark: stand.watermark,
          parts: [stand.part++],
        });
      stand.watermark++;
      const { part } = stand;
      stand.part = 1;
      if (kind === 'empty') return advanced({ ...where, watermark: stand.watermark });
      return sealed({ ...where, end: stand.watermark, watermark: stand.watermark, parts: [part] });
    });
  });

describe('a stream that begins anew where it was left', () => {
  it.each([
    ['windows', windows],
    ['watermark', watermark],
  ])('delivers the rest and nothing twice: %s', (_, create) => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.boolean(), (events, chosen, isFromTheMiddle) => {
        const floor = isFromTheMiddle ? null : BEFORE_ALL;
        const all = run(create(floor), events);
        const fold = create(floor);
        const next = chosen % (events.length + 1);
        run(fold, events.slice(0, next));
        const needed = fold.needed ?? offset(next);
        const text = encodePosition({ needed, next: offset(next), done: 0, floor: fold.floor });
        const position = decodePosition(text)!;
        const rest = run(create(position.floor), events, position.needed);
        expect(rest.filter(({ event }) => event >= next)).toEqual(all.filter(({ event }) => event >= next));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('a position', () => {
  it.each(['', '1:2', '1:5:4:0:-', '2:1:1:0:-', '1:1:1:0:x', '1:1:99999999999999999:0:-'])(
    'is not what %j says',
    (text) => expect(decodePosition(text)).toBeUndefined(),
  );
});
