import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MICROS_PER_DAY } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import { writeFilters } from '../../src/sinks/filter/write-filters.ts';
import type { WrittenFilter } from '../../src/sinks/filter/write-filters.ts';
import { cachedReads } from '../../src/sinks/read/cached-reads.ts';
import { getFile } from '../../src/sinks/read/get-file.ts';
import { listDays, listManifests } from '../../src/sinks/read/manifests.ts';
import { searchUid } from '../../src/sinks/read/search-uid.ts';
import { verifyShards } from '../../src/sinks/read/verify-shards.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { codeBlock } from '../support/code-block.ts';
import { collect } from './support/collect.ts';
import { countingSink } from './support/counting-sink.ts';
import { WINDOW_START, request, sealerDefaults } from './support/seal-request.ts';
import type { SealOverrides } from './support/seal-request.ts';
import type { TestRow } from './support/seal-rows.ts';
import { createWorkspace } from './support/workspace.ts';
import type { Workspace } from './support/workspace.ts';

const [DAYS, SHARDS, SHARD_ROWS] = [40, 3, 50];

let work: Workspace;
let remove: () => void;
let filters: string[];
const signal = new AbortController().signal;

/** Window of an hour on the n-th day. */
const windowOf = (day: number) => {
  const start = WINDOW_START + day * MICROS_PER_DAY;
  return { start: start as Micros, end: (start + 3_600_000_000) as Micros };
};

const rowOf = (uid: string, day: number, second: number): TestRow => ({
  ...{ uid, createdAt: windowOf(day).start + 1_000_000 * (second + 1), fileLocation: null, sizeBytes: null },
});

const uidOf = (day: number, i: number): string => `uid-${day}-${i}`;

async function sealAll(seals: readonly { rows: TestRow[]; overrides: SealOverrides }[]): Promise<void> {
  const sealer = createSealer({ ...sealerDefaults(work), payload: 'row', roots: [], filesMax: SHARD_ROWS });
  for (const { rows, overrides } of seals) await sealer.seal(request(rows, overrides), signal);
  await sealer.close();
}

async function writeAll(sink: Sink): Promise<WrittenFilter[]> {
  const written: WrittenFilter[] = [];
  for await (const day of listDays(sink, {}))
    written.push(...(await collect(writeFilters({ sink, day, signal }))));
  return written;
}

/** Forty days of three shards each; on two of them there is a uid once more. */
beforeAll(async () => {
  work = createWorkspace((done) => (remove = done));
  await sealAll(
    Array.from({ length: DAYS }, (_, day) => ({
      rows: Array.from({ length: SHARDS * SHARD_ROWS }, (__, i) =>
        rowOf(i === 0 && (day === 3 || day === 9) ? 'twice' : uidOf(day, i), day, i),
      ),
      overrides: { name: { window: windowOf(day) } },
    })),
  );
  filters = (await writeAll(work.sink)).map(({ name }) => name);
}, 60_000);

afterAll(() => remove());

const search = (uid: string, options: { sink?: Sink; from?: Micros; to?: Micros } = {}) =>
  searchUid(cachedReads({ sink: options.sink ?? work.sink }), { uid, ...options });

test('opens the one shard that holds the uid, and of every other day two small pieces of its filter', async () => {
  expect(filters).toHaveLength(DAYS);
  const { sink, reads } = countingSink(work.sink);
  // What a filter is wrong about follows from the uids: about this one none is.
  const { places, counts } = await search(uidOf(17, 77), { sink });
  expect(places.map(({ entry }) => entry.createdAt)).toEqual([rowOf('', 17, 77).createdAt]);
  const place = places[0]!;
  const opened = new Set(reads.filter(({ name }) => name.endsWith('.tar.zst')).map(({ name }) => name));
  expect([...opened]).toEqual([place.shard]);
  expect(counts).toEqual({ days: DAYS, filters: DAYS, manifests: 1, shards: 1 });
  expect(reads.filter(({ name }) => name.endsWith('.manifest.json')).map(({ call }) => call)).toEqual([
    'size',
    'readRange',
  ]);
  const asked = reads.filter(({ name }) => name.endsWith('.filter'));
  expect(asked).toHaveLength(2 * DAYS);
  expect(Math.max(...asked.map(({ bytes }) => bytes))).toBeLessThan(400);
  // Tables, the year, its months, the days of each, and the names of each day.
  expect(reads.filter(({ call }) => call === 'list').length).toBeLessThan(DAYS + 12);
  const found = await getFile({ sink: work.sink, uid: uidOf(17, 77), createdAt: place.entry.createdAt });
  expect(found.shard).toBe(place.shard);
});

test('is wrong about one day in a hundred at most, and misses no uid', async () => {
  const asked = 15;
  let shards = 0;
  const reads = cachedReads({ sink: work.sink });
  for (let i = 0; i < asked; i++) {
    const present = await searchUid(reads, { uid: uidOf(i % DAYS, (i * 7 + 1) % (SHARDS * SHARD_ROWS)) });
    expect(present.places).toHaveLength(1);
    const absent = await searchUid(reads, { uid: `absent-${i}` });
    expect(absent.places).toEqual([]);
    shards += absent.counts.shards;
  }
  expect(shards).toBeLessThan((asked * DAYS) / 100 + 4 * Math.sqrt((asked * DAYS) / 100));
});

test('finds every row of a uid; times bound the search and the days that are looked at', async () => {
  const times = [3, 9].map((day) => rowOf('', day, 0).createdAt as Micros);
  const both = await search('twice');
  expect(both.places.map(({ entry }) => entry.createdAt)).toEqual(times);
  const one = await search('twice', { from: times[0]!, to: times[1]! });
  expect(one.places.map(({ entry }) => entry.createdAt)).toEqual([times[1]]);
  const before = await search('twice', { to: (times[0]! - 1) as Micros });
  expect(before.places).toEqual([]);
  // Later days can hold windows that reach back, but these are of an hour: their filters are not asked.
  expect(before.counts.filters).toBeLessThanOrEqual(4);
});

test('looks at what came after the filters one by one, until it is many', async () => {
  const late = (n: number) => ({ kind: 'late' as const, firstOffset: (5_000 + n) as Offset });
  const supplement = (n: number) => ({
    rows: [rowOf(`supplement-${n}`, 20, 2_000 + n)],
    overrides: { dropCommitted: true, name: { window: windowOf(20), ...late(n) } },
  });
  const hour = { from: windowOf(20).start, to: windowOf(20).end };
  await sealAll([supplement(0)]);
  const first = await search('supplement-0', hour);
  expect(first.places).toHaveLength(1);
  expect(first.counts).toMatchObject({ filters: 1, manifests: 1, shards: 1 });
  expect(await writeAll(work.sink)).toEqual([]);

  await sealAll(Array.from({ length: 15 }, (_, i) => supplement(i + 1)));
  const written = await writeAll(work.sink);
  expect(written.map(({ manifests }) => manifests)).toEqual([16]);
  const again = await search('supplement-9', hour);
  expect(again.counts).toMatchObject({ filters: 2 });
  expect(again.counts.manifests).toBeLessThan(4);
  expect(again.places[0]!.shard).toContain('-late-5009');
  expect(await writeAll(work.sink)).toEqual([]);
});

test('two that write the filter of a day write the same bytes', async () => {
  const [name] = filters;
  const path = join(work.archive, name!);
  const bytes = readFileSync(path);
  rmSync(path);
  const day = name!.slice(0, name!.lastIndexOf('/') + 1);
  const both = await Promise.all([1, 2].map(() => collect(writeFilters({ sink: work.sink, day, signal }))));
  expect(both.flat().map((filter) => filter.name)).toEqual([name, name]);
  expect(readFileSync(path)).toEqual(bytes);
});

test('other readers pass over filters', async () => {
  expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
  expect((await collect(listManifests(work.sink))).length).toBe(DAYS + 16);
});

/** Every row, so that whichever is asked is damaged. */
const flipped = (bytes: Buffer, from: number, to: number): Buffer =>
  Buffer.from(bytes.map((byte, i) => (i >= from && i < to ? byte ^ 1 : byte)));

test('a filter answers without us what it answers to us, as docs/shard-format.md shows it', () => {
  const script = join(work.folder, 'may_hold.py');
  writeFileSync(script, codeBlock('docs/shard-format.md', 'python', '# may_hold.py'));
  const ask = (uid: string) =>
    execFileSync('python3', [script, join(work.archive, filters[2]!), uid], { encoding: 'utf8' }).trim();
  expect([ask(uidOf(2, 0)), ask(uidOf(2, 60)), ask(uidOf(2, 149))]).toEqual(['[0]', '[1]', '[2]']);
  expect(ask('nobody')).toBe('[]');
});

test.each([
  {
    part: 'head',
    what: /bytes 0 to \d+ are damaged/,
    damage: (bytes: Buffer, head: number) => flipped(bytes, head - 9, head - 8),
  },
  {
    part: 'rows',
    what: /row 0 has not its checksum/,
    damage: (bytes: Buffer, head: number) => flipped(bytes, head, bytes.length),
  },
  {
    part: 'end',
    what: /it has \d+ bytes, its head says \d+/,
    damage: (bytes: Buffer, head: number) => bytes.subarray(0, head),
  },
])(
  'damage to the $part of a filter hides nothing: it is told, and its day looked at',
  async ({ damage, what }) => {
    const name = filters[25]!;
    const path = join(work.archive, name);
    const bytes = readFileSync(path);
    writeFileSync(path, damage(bytes, headBytes(name)));
    try {
      const told: Error[] = [];
      const { places } = await searchUid(cachedReads({ sink: work.sink }), {
        uid: uidOf(25, 140),
        onDamage: (error) => told.push(error),
      });
      expect(places).toHaveLength(1);
      expect(told).toMatchObject([{ code: 'ERR_FILTER_CORRUPT' }]);
      expect(told[0]!.message).toContain(name);
      const problems = await collect(verifyShards({ sink: work.sink, names: [name] }));
      expect(problems).toMatchObject([{ severity: 'error', name }]);
      expect(problems[0]!.what).toMatch(what);
      expect(problems[0]!.what).toContain('ERR_FILTER_CORRUPT');
    } finally {
      writeFileSync(path, bytes);
    }
  },
);

test('a filter that lacks a uid of its shards is found by verify, its checksums may be right', async () => {
  // The rows of two days exchanged: whole, each with its checksums, and of other uids.
  const [one, other] = [filters[30]!, filters[31]!].map((name) => join(work.archive, name)) as [
    string,
    string,
  ];
  const bytes = readFileSync(one);
  const rows = readFileSync(other).subarray(headBytes(filters[31]!));
  writeFileSync(one, Buffer.concat([bytes.subarray(0, headBytes(filters[30]!)), rows]));
  try {
    const problems = await collect(verifyShards({ sink: work.sink, names: [filters[30]!] }));
    expect(problems.map(({ name, what }) => `${name} ${what}`)).toEqual([
      `${filters[30]} ERR_FILTER_CORRUPT: its bits are not those of the uids in its shards`,
    ]);
  } finally {
    writeFileSync(one, bytes);
  }
});

test('a shard that a filter points to and that is gone is an error, not "not found"', async () => {
  const { places } = await search(uidOf(35, 3));
  const path = join(work.archive, places[0]!.shard);
  const bytes = readFileSync(path);
  rmSync(path);
  try {
    await expect(search(uidOf(35, 3))).rejects.toMatchObject({ code: 'ERR_SHARD_CORRUPT' });
  } finally {
    writeFileSync(path, bytes);
  }
});

function headBytes(name: string): number {
  return Number(/-(\d+)-[0-9a-f]{32}\.filter$/.exec(name)![1]);
}
