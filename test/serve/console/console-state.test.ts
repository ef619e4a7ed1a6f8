import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { parseMicros } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';
import { floorToWindow, windowEnd } from '../../../src/model/window.ts';
import { ArchiveFeed } from '../../../src/serve/console/archive-feed.ts';
import { GatherTally } from '../../../src/serve/console/gather-tally.ts';
import { changeOf } from '../../../src/serve/console/state-change.ts';
import { computeWindowStrip } from '../../../src/serve/console/window-strip.ts';
import { countByWindow } from '../../../src/watermark/count-by-window.ts';
import { merge } from '../../support/console-viewer.ts';
import { runs } from '../../support/fuzz-runs.ts';
import { BEGIN, shardCreated, TABLE, windowSealed } from './console-rig.ts';

const SECOND = 1_000_000;

describe('the windows that are drawn', () => {
  const strip = fc.record({
    sizeMicros: fc.constantFrom(SECOND, 60 * SECOND, 3_600 * SECOND),
    windowsBehind: fc.integer({ min: 0, max: 100_000 }),
    lagWindows: fc.integer({ min: 0, max: 50 }),
  });

  it('are bounded, follow each other without a gap, and with those counted reach from the watermark to now', () => {
    fc.assert(
      fc.property(strip, ({ sizeMicros, windowsBehind, lagWindows }) => {
        const watermark = (floorToWindow(BEGIN, sizeMicros) - windowsBehind * sizeMicros) as Micros;
        const { drawn, later } = computeWindowStrip({
          ...{ sizeMicros, now: BEGIN, watermark },
          ...{ lagMicros: lagWindows * sizeMicros, holdMicros: (lagWindows * sizeMicros) / 2 },
          ...{ partitionWatermarks: [watermark, null], sealedRows: new Map(), gatheredRows: null },
        });
        expect(drawn.length).toBeLessThanOrEqual(36);
        expect(drawn.length + later).toBe(windowsBehind + 1);
        const ends = drawn.map(({ end }) => parseMicros(end)!);
        expect(ends).toEqual(ends.map((_, i) => watermark + (i + 1) * sizeMicros));
        const overdue = drawn.filter(({ state }) => state === 'overdue').length;
        expect(overdue).toBe(Math.min(drawn.length, Math.max(0, windowsBehind - lagWindows)));
      }),
      runs(200),
    );
  });

  it('are none while nothing is known', () => {
    const nothing = { sizeMicros: SECOND, lagMicros: 0, holdMicros: 0, now: BEGIN, watermark: null };
    const options = {
      ...nothing,
      partitionWatermarks: [],
      sealedRows: new Map<Micros, number>(),
      gatheredRows: null,
    };
    expect(computeWindowStrip(options)).toEqual({ drawn: [], later: 0 });
  });
});

describe('a change of the state', () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.string(),
    fc.constant(null),
    fc.array(fc.integer(), { maxLength: 3 }),
  );
  const state = fc.record({
    a: leaf,
    b: leaf,
    tables: fc.record({ x: fc.record({ c: leaf, d: leaf }), y: fc.record({ c: leaf }) }),
  });

  it('put into the state before gives the state after, and is none when nothing changed', () => {
    fc.assert(
      fc.property(state, state, (before, after) => {
        expect(merge(before, changeOf(before, after) ?? {})).toEqual(after);
        expect(changeOf(after, structuredClone(after))).toBeUndefined();
      }),
      runs(200),
    );
  });

  it('has nothing in it that did not change', () => {
    const before = { a: 1, tables: { x: { c: 1, d: [1] }, y: { c: 1 } } };
    const after = { a: 1, tables: { x: { c: 1, d: [1, 2] }, y: { c: 1 } } };
    expect(changeOf(before, after)).toEqual({ tables: { x: { d: [1, 2] } } });
  });
});

describe('rows by window', () => {
  it('are counted like one by one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20 * SECOND, max: 20 * SECOND })),
        fc.integer({ min: 1, max: 9 * SECOND }),
        (times, size) => {
          const entries = times.map((createdAt) => ({ kind: 'row', createdAt }) as never);
          const counted = countByWindow([{ kind: 'mark' } as never, ...entries], size);
          const wanted = new Map<number, number>();
          for (const time of times) {
            const end = windowEnd(time as Micros, size) + 0;
            wanted.set(end, (wanted.get(end) ?? 0) + 1);
          }
          expect(new Map(counted.map(({ end, rows }) => [end + 0, rows]))).toEqual(wanted);
        },
      ),
      runs(200),
    );
  });
});

describe('what a process holds', () => {
  const place = { table: TABLE, partition: 0 };
  const committed = { ...place, openWindows: 1, openRows: 3, lateRows: 0 };

  it('grows with the rows, ends with the seal, and with the partition', () => {
    const events = new Events();
    const tally = new GatherTally(events);
    const [first, second] = [10 as Micros, 20 as Micros];
    events.emit('rows:received', {
      ...place,
      rows: 5,
      windows: [
        { end: first, rows: 2 },
        { end: second, rows: 3 },
      ],
    });
    events.emit('rows:received', { ...place, partition: 1, rows: 4, windows: [{ end: second, rows: 4 }] });
    expect([...tally.rowsOf(TABLE)]).toEqual([
      [first, 2],
      [second, 7],
    ]);
    events.emit('partition:committed', { ...committed, watermark: first });
    expect([...tally.rowsOf(TABLE)]).toEqual([[second, 7]]);
    expect(tally.openOf(TABLE)).toEqual({ windows: 1, rows: 3 });
    const trouble = { code: 'ERR_SINK_UNAVAILABLE', detail: 'full', remedy: '', isFinal: false } as const;
    events.emit('partition:troubled', { ...place, trouble });
    expect(tally.of(place)?.failure).toBe('ERR_SINK_UNAVAILABLE: full');
    events.emit('partition:restored', { ...place, watermark: first, offset: 0 });
    expect([...tally.rowsOf(TABLE)]).toEqual([[second, 4]]);
    events.emit('group:joined', { partitions: 0, generation: 1 });
    expect(tally.of(place)).toBeUndefined();
  });

  it('does not grow with windows that lie far ahead and are never sealed', () => {
    const events = new Events();
    const tally = new GatherTally(events);
    for (let end = 1; end <= 3_000; end++)
      events.emit('rows:received', { ...place, rows: 1, windows: [{ end: end as Micros, rows: 1 }] });
    const kept = [...tally.rowsOf(TABLE).keys()];
    expect(kept.length).toBeLessThanOrEqual(1_024);
    expect(kept[0]).toBe(1);
  });
});

describe('the events of the archive', () => {
  it('give throughput by whole buckets, the last shards newest first, and rows by window', () => {
    const feed = new ArchiveFeed([TABLE]);
    const before = (seconds: number) => (BEGIN - seconds * SECOND) as Micros;
    for (const seconds of [400, 12, 11, 3, 0])
      feed.take(JSON.stringify(shardCreated(before(seconds), { rows: 10 * seconds, at: before(seconds) })));
    feed.take(JSON.stringify(windowSealed(before(30), 7)));
    feed.take(JSON.stringify(windowSealed(before(30), 5)));
    for (const junk of [
      '',
      '[]',
      '{"data":{"table":"public.files"}}',
      '{"data":{"table":"__proto__"}}',
      'null',
    ])
      feed.take(junk);
    // Within a bucket that still fills.
    const { rows, bytes, from } = feed.throughputOf(TABLE, before(-3));
    expect(from).toBe('2026-11-23T05:55:30.000000Z');
    expect(rows).toHaveLength(60);
    expect(rows.slice(-3)).toEqual([230, 0, 30]);
    expect(bytes.slice(-3)).toEqual([230_000, 0, 30_000]);
    expect(feed.shardsOf(TABLE)[0]).toMatchObject({ rows: 0, bytes: 0, kind: 'window' });
    expect(feed.sealedRowsOf(TABLE).get(before(30))).toBe(12);
  });

  it('take no more memory than they show, whatever comes', () => {
    const feed = new ArchiveFeed([TABLE]);
    for (let i = 0; i < 1_000; i++) {
      feed.take(JSON.stringify(windowSealed((BEGIN + i * 60 * SECOND) as Micros, 1)));
      feed.take(JSON.stringify(shardCreated(BEGIN, { rows: 1, at: (BEGIN - i * 5 * SECOND) as Micros })));
    }
    expect(feed.sealedRowsOf(TABLE).size).toBeLessThanOrEqual(64);
    expect(feed.shardsOf(TABLE).length).toBeLessThanOrEqual(8);
  });
});
