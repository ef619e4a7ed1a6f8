import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MICROS_PER_DAY, MICROS_PER_SECOND, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { SealKind } from '../../src/model/shard.ts';
import { windowOf } from '../../src/model/window.ts';
import { ArchivedKeys } from '../../src/sinks/read/archived-keys.ts';
import { archivedSlices } from '../../src/sinks/read/archived-slices.ts';
import type { TimeRange } from '../../src/sinks/read/archived-row.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { Random, SEED } from '../support/seed.ts';
import { request, sealerDefaults } from './support/seal-request.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const BEGIN = parseMicros('2026-01-30T00:00:00Z')!;
const SIZES = [MICROS_PER_SECOND / 4, 60 * MICROS_PER_SECOND, 3_600 * MICROS_PER_SECOND].concat(
  [1, 30].map((days) => days * MICROS_PER_DAY),
);
/** Their order by bytes is neither that of a locale nor that of UTF-16. */
const UIDS = ['', '-', 'a', 'A', 'b', 'é', 'z', '\uffee', '\u{1f600}', 'a b', 'ab', '1', '10', '9'];

interface Expected {
  readonly createdAt: number;
  readonly uid: string;
  readonly isReject: boolean;
}

/** Seals windows of all sizes, early parts and supplements all over three months, some of which overlap. */
async function fill(work: Workspace, random: Random, seals: number): Promise<Expected[]> {
  const sealer = createSealer({
    ...sealerDefaults({ sink: work.sink, root: work.root, events: work.events }),
    filesMax: 4,
  });
  const rejecter = createSealer(sealerDefaults({ sink: work.sink, root: work.root, events: work.events }));
  const rowSealer = createSealer({
    ...sealerDefaults({ sink: work.sink, root: work.root, events: work.events }),
    ...{ payload: 'row', filesMax: 4 },
  });
  const all: Expected[] = [];
  for (let i = 0; i < seals; i++) {
    const size = random.pick(SIZES);
    const near = (BEGIN + random.between(0, 70) * MICROS_PER_DAY + random.between(0, 3) * size) as Micros;
    const window = windowOf(near, size);
    const isReject = random.chance(0.2);
    const keys = new Set<string>();
    for (let n = random.between(1, 12); n > 0; n--) {
      // Few different times, so that many rows share one.
      const createdAt = window.start + 1 + Math.floor(((size - 1) * random.between(0, 3)) / 3);
      keys.add(`${createdAt} ${random.pick(UIDS)}${random.between(0, 99)}`);
    }
    const rows = [...keys].map((key): TestRow => {
      const [createdAt, uid] = [Number(key.slice(0, key.indexOf(' '))), key.slice(key.indexOf(' ') + 1)];
      return isReject
        ? { uid, createdAt, fileLocation: null, sizeBytes: null }
        : work.row(uid, uid, { createdAt });
    });
    const kind: SealKind = random.pick(['early', 'late']);
    const name = { window, kind, partition: random.between(0, 1), firstOffset: i as Offset };
    const chosen = isReject ? rejecter : random.chance(0.3) ? rowSealer : sealer;
    const firstPart = 1 + i * 10;
    await chosen.seal(request(rows, { name, firstPart }), new AbortController().signal);
    all.push(...rows.map(({ uid, createdAt }) => ({ uid, createdAt, isReject })));
  }
  for (const used of [sealer, rejecter, rowSealer]) await used.close();
  return all;
}

async function readAll(work: Workspace, range: TimeRange) {
  const rows: Expected[] = [];
  const slices: { from: number; until: number; rows: number }[] = [];
  let from: number = range.from;
  for await (const { until, pages } of archivedSlices({ sink: work.sink, table: 'public.files', range })) {
    let count = 0;
    for await (const page of pages)
      for (const { createdAt, uidBytes, shard } of page) {
        expect(createdAt).toBeGreaterThan(from);
        expect(createdAt).toBeLessThanOrEqual(until);
        rows.push({ createdAt, uid: uidBytes.toString(), isReject: shard === null });
        count++;
      }
    slices.push({ from, until, rows: count });
    from = until;
  }
  return { rows, slices };
}

function sorted(rows: readonly Expected[], range: TimeRange): Expected[] {
  return rows
    .filter(({ createdAt }) => createdAt > range.from && createdAt <= range.to)
    .sort((a, b) => a.createdAt - b.createdAt || Buffer.from(a.uid).compare(Buffer.from(b.uid)));
}

const keysOf = (rows: readonly Expected[]) => rows.map(({ createdAt, uid }) => `${createdAt} ${uid}`);

/** Notes each shard when it is opened: its size is asked for then. */
function watchedSink(sink: Sink, opened: string[]): Sink {
  return new Proxy(sink, {
    get: (target, property: keyof Sink) => {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (property === 'size' && String(args[0]).endsWith('.tar.zst')) opened.push(String(args[0]));
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

describe('the archived rows of a time range', () => {
  test('come in one order, whatever windows, parts and supplements they stand in', async () => {
    const random = new Random(SEED);
    const work = createWorkspace();
    const all = await fill(work, random, 60);
    for (let i = 0; i < 25; i++) {
      const a = BEGIN + random.between(-40, 80 * 24) * 3_600 * MICROS_PER_SECOND;
      const b = random.chance(0.3)
        ? random.pick(all).createdAt
        : BEGIN + random.between(0, 75) * MICROS_PER_DAY;
      const range = { from: Math.min(a, b) as Micros, to: Math.max(a, b) as Micros };
      const { rows, slices } = await readAll(work, range);
      const expected = sorted(all, range);
      expect(keysOf(rows), `range ${range.from}..${range.to}`).toEqual(keysOf(expected));
      expect(rows.filter(({ isReject }) => isReject).length).toBe(
        expected.filter(({ isReject }) => isReject).length,
      );
      expect(slices.at(-1)!.until).toBe(range.to);
    }
  });

  test('are read window by window: of a later window nothing is opened, of an earlier one nothing is read again', async () => {
    const work = createWorkspace();
    const sealer = createSealer({
      ...sealerDefaults({ sink: work.sink, root: work.root, events: work.events }),
      ...{ payload: 'row', filesMax: 100 },
    });
    const size = 3_600 * MICROS_PER_SECOND;
    for (let i = 0; i < 12; i++) {
      const window = windowOf((BEGIN + i * size + 1) as Micros, size);
      const rows = Array.from({ length: 250 }, (_, n): TestRow => {
        return { uid: `u${n}`, createdAt: window.start + 1 + n, fileLocation: null, sizeBytes: null };
      });
      for (const partition of [0, 1])
        await sealer.seal(request(rows, { name: { window, partition } }), new AbortController().signal);
    }
    await sealer.close();
    const opened: string[] = [];
    const sink = watchedSink(work.sink, opened);
    const range = { from: BEGIN, to: (BEGIN + MICROS_PER_DAY) as Micros };
    let seen = 0;
    for await (const { pages } of archivedSlices({ sink, table: 'public.files', range }))
      for await (const page of pages) {
        seen += page.length;
        const hour = Math.ceil((page.at(-1)!.createdAt - BEGIN) / size);
        // Six shards a window; the first of the next one may be open when its first row is looked for.
        expect(opened.length).toBeLessThanOrEqual(6 * (hour + 1));
      }
    expect(seen).toBe(12 * 2 * 250);
    expect(opened.length).toBe(12 * 6);
  });

  test('are none where nothing is archived, and the slice still reaches the end', async () => {
    const work = createWorkspace();
    const range = { from: BEGIN, to: (BEGIN + MICROS_PER_DAY) as Micros };
    expect(await readAll(work, range)).toEqual({
      rows: [],
      slices: [{ from: range.from, until: range.to, rows: 0 }],
    });
  });

  test('name the shard that is damaged', async () => {
    const work = createWorkspace();
    const { manifest } = await work.seal([work.row('a', 'x')]);
    const shard = manifest.shards[0]!.name;
    rmSync(join(work.archive, shard));
    const range = { from: BEGIN, to: (BEGIN + 400 * MICROS_PER_DAY) as Micros };
    await expect(readAll(work, range)).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT', shard });
  });
});

describe('the keys of an archive', () => {
  test('are held when a shard has the row, whatever gaps the questions leave', async () => {
    const random = new Random(SEED);
    const work = createWorkspace();
    const all = await fill(work, random, 25);
    const inShards = new Set(keysOf(all.filter(({ isReject }) => !isReject)));
    for (let i = 0; i < 10; i++) {
      const range = {
        from: BEGIN,
        to: (BEGIN + random.between(20, 75) * MICROS_PER_DAY) as Micros,
      };
      const share = random.pick([0.02, 0.3, 1]);
      const strangers = all.map((row) => ({ ...row, uid: `${row.uid}!` }));
      const asked = sorted([...all, ...strangers], range).filter(() => random.chance(share));
      const gapMicros = random.pick([0, 3_600 * MICROS_PER_SECOND, 100 * MICROS_PER_DAY]);
      const keys = new ArchivedKeys({ sink: work.sink, table: 'public.files', gapMicros });
      for (const { createdAt, uid } of asked) {
        const held = await keys.hold(
          { createdAt: createdAt as Micros, uidBytes: Buffer.from(uid) },
          random.chance(0.5) ? range.to : (createdAt as Micros),
        );
        expect(held, `${createdAt} ${uid}`).toBe(inShards.has(`${createdAt} ${uid}`));
      }
      await keys.close();
    }
  });

  test('open no shard that lies in a gap of the questions, and each other one once', async () => {
    const work = createWorkspace();
    const sealer = createSealer({
      ...sealerDefaults({ sink: work.sink, root: work.root, events: work.events }),
      payload: 'row',
    });
    const size = 3_600 * MICROS_PER_SECOND;
    const windows = Array.from({ length: 9 }, (_, i) => windowOf((BEGIN + i * size + 1) as Micros, size));
    for (const window of windows) {
      const rows = Array.from({ length: 100 }, (_, n): TestRow => {
        return { uid: 'u', createdAt: window.start + 1 + n, fileLocation: null, sizeBytes: null };
      });
      await sealer.seal(request(rows, { name: { window } }), new AbortController().signal);
    }
    await sealer.close();
    const opened: string[] = [];
    const sink = watchedSink(work.sink, opened);
    const keys = new ArchivedKeys({ sink, table: 'public.files', gapMicros: 2 * size });
    for (const at of [0, 1, 8])
      for (let n = 0; n < 100; n++) {
        const createdAt = (windows[at]!.start + 1 + n) as Micros;
        expect(await keys.hold({ createdAt, uidBytes: Buffer.from('u') }, windows[8]!.end)).toBe(true);
      }
    await keys.close();
    const hours = opened.map((name) => name.slice(0, name.indexOf('-p'))).map((name) => name.slice(-16));
    // The row behind the last answer of a walk is looked at before the next question comes.
    expect(hours.filter((hour) => !hour.includes('T030000Z'))).toEqual([
      '20260130T010000Z',
      '20260130T020000Z',
      '20260130T090000Z',
    ]);
  });
});
