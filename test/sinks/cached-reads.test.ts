import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifestName, shardName } from '../../src/model/shard.ts';
import type { SealName } from '../../src/model/shard.ts';
import type { Window } from '../../src/model/window.ts';
import { encodeManifest } from '../../src/sinks/manifest-codec.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Offset } from '../../src/model/offset.ts';
import { ByteCache } from '../../src/sinks/read/byte-cache.ts';
import { cachedReads } from '../../src/sinks/read/cached-reads.ts';
import { findFile, getFile } from '../../src/sinks/read/get-file.ts';
import { pageOfShards, pageOfWindows } from '../../src/sinks/read/manifest-page.ts';
import { listManifests } from '../../src/sinks/read/manifests.ts';
import { readFileRange } from '../../src/sinks/read/read-file-range.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { goldenRows } from '../golden/golden-seal.ts';
import { runs } from '../support/fuzz-runs.ts';
import { collect, collectBytes } from './support/collect.ts';
import { WINDOW_START, request, sealerDefaults } from './support/seal-request.ts';
import { createWorkspace } from './support/workspace.ts';

const MINUTE = 60_000_000;

/** Passes reads and lists on and writes them down. */
function counted(sink: Sink): { readonly sink: Sink; readonly calls: string[] } {
  const calls: string[] = [];
  const told = {
    size: (name: string) => sink.size(name),
    readRange: (name: string, range: { offset: number; length: number }) => {
      calls.push(`read ${name} ${range.offset} ${range.length}`);
      return sink.readRange(name, range);
    },
    list: (prefix: string) => {
      calls.push(`list ${prefix}`);
      return sink.list(prefix);
    },
    listFolders: (prefix: string) => {
      calls.push(`folders ${prefix}`);
      return sink.listFolders(prefix);
    },
  };
  return { sink: told as unknown as Sink, calls };
}

/** A manifest alone, as finding and listing see it. */
async function putManifest(sink: Sink, window: Window, shardCount: number): Promise<void> {
  const place = { table: 'public.files', window, partition: 0, partitionCount: 1, kind: 'window' } as const;
  const name: SealName = { ...place, firstOffset: null };
  const shards = Array.from({ length: shardCount }, (_, i) => ({
    ...{ name: shardName(name, i + 1), part: i + 1, bytes: 1, sha256: '0'.repeat(64), rows: 1, files: 1 },
    ...{ sourceBytes: 1, minCreatedAt: window.end, maxCreatedAt: window.end },
  }));
  const manifest: Manifest = {
    ...{ format: 'tidemark-manifest', version: 1, ...place, offsets: null, payload: 'file' },
    ledger: { received: shardCount, archived: shardCount, duplicates: 0, rejected: 0 },
    ...{ rowsSha256: '0'.repeat(64), shards, rejects: [], minCreatedAt: null, maxCreatedAt: null },
    tool: { tidemark: '0', zstd: '0', level: 3 },
  };
  await sink.putObject(manifestName(name), encodeManifest(manifest));
}

describe('reads that are remembered', () => {
  test('ask a sink for a file once more for its frame alone, and for lists again only when they are old', async () => {
    const work = createWorkspace();
    const rows = goldenRows(work.root);
    await work.seal(rows);
    const { sink, calls } = counted(work.sink);
    let now = 0;
    const cache = new ByteCache({ bytesMax: 1024 * 1024 });
    const clock = { now: () => now as Micros };
    const reads = cachedReads({ sink, cache, lists: { clock, ageMaxMicros: 1_000 } });
    const get = async (at: number) => {
      const { uid, createdAt } = rows[at]!;
      const place = await findFile(reads, { uid, createdAt: createdAt as Micros });
      const before = calls.length;
      expect((await collectBytes(place!.reader.readFile(place!.entry))).length).toBe(rows[at]!.sizeBytes);
      return calls.length - before;
    };
    await get(0);
    calls.length = 0;
    expect(await get(2)).toBe(1);
    expect(calls).toHaveLength(1);
    now = 1_001;
    calls.length = 0;
    await get(0);
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['folders', 'list', 'read']);
  });

  test('are asked for once by all who wait, keep to their bytes, and forget a failure', async () => {
    const cache = new ByteCache({ bytesMax: 2_000 });
    let loads = 0;
    const options = { load: () => Promise.resolve({ n: ++loads }), bytesOf: () => 700 };
    expect(await Promise.all([cache.get('a', options), cache.get('a', options)])).toEqual([
      { n: 1 },
      { n: 1 },
    ]);
    for (const key of ['b', 'c', 'd']) await cache.get(key, options);
    expect(cache.bytes).toBeLessThanOrEqual(2_000);
    expect(await cache.get('d', options)).toEqual({ n: 4 });
    expect(await cache.get('a', options)).toEqual({ n: 5 });
    await cache.get('large', { ...options, bytesOf: () => 5_000 });
    expect(await cache.get('large', options)).toEqual({ n: 7 });
    const failing = { ...options, load: () => Promise.reject(new Error('away')) };
    await expect(cache.get('e', failing)).rejects.toThrow('away');
    expect(await cache.get('e', options)).toEqual({ n: 8 });
  });
});

test('a range of a file is read from the frames that hold it, and is what the whole has there', async () => {
  const work = createWorkspace();
  const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * i) % 251));
  const rows = [
    work.row('before', 'small'),
    work.row('large', bytes),
    work.row('small', bytes.subarray(0, 900)),
  ];
  await work.seal(rows, { frameBytes: 8_192 });
  const { sink, calls } = counted(work.sink);
  const cache = new ByteCache({ bytesMax: 1024 * 1024 });
  const reads = cachedReads({ sink, cache, lists: { clock: { now: () => 0 as Micros }, ageMaxMicros: 1 } });
  const files = { large: bytes, small: bytes.subarray(0, 900) };
  const spans = fc.tuple(fc.constantFrom('large' as const, 'small' as const), fc.nat(59_999), fc.nat(9_000));
  await fc.assert(
    fc.asyncProperty(spans, async ([uid, first, length]) => {
      const whole = files[uid];
      const from = first % whole.length;
      const to = Math.min(whole.length, from + length + 1);
      const { createdAt } = rows.find((row) => row.uid === uid)!;
      const place = await findFile(reads, { uid, createdAt: createdAt as Micros });
      calls.length = 0;
      const read = await collectBytes(readFileRange(place!.reader, place!.entry, { from, to }));
      expect(read.equals(whole.subarray(from, to))).toBe(true);
      expect(calls.length).toBeLessThanOrEqual(Math.ceil((to - from) / 8_192) + 1);
    }),
    runs(60),
  );
});

describe('finding a file', () => {
  test('reads no manifest of a window that cannot hold its time', async () => {
    const work = createWorkspace();
    for (let i = 0; i < 12; i++) {
      const start = (WINDOW_START + i * 5 * MINUTE) as Micros;
      await putManifest(work.sink, { start, end: (start + 5 * MINUTE) as Micros }, 1);
    }
    const { sink, calls } = counted(work.sink);
    const createdAt = (WINDOW_START + 10 * MINUTE + 1) as Micros;
    await expect(getFile({ sink, uid: 'none', createdAt })).rejects.toThrow('ERR_UID_NOT_FOUND');
    // 05:15 to 06:00 may end windows of 15, 20, 30 … minutes that began before 05:10.
    const read = calls.filter((call) => call.includes('manifest.json'));
    expect(read.length).toBeLessThanOrEqual(8);
    expect(read[0]).toContain('T051500Z');
  });

  test('finds windows of every size in which a time can stand, supplements of them too', async () => {
    const work = createWorkspace();
    const at = (text: string) => parseMicros(text)!;
    const windows = [
      ['2026-11-23T05:00:00Z', '2026-11-23T05:00:00.5Z'],
      ['2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z'],
      ['2026-11-22T00:00:00Z', '2026-11-24T00:00:00Z'],
      ['2026-11-06T00:00:00Z', '2026-12-08T00:00:00Z'],
    ] as const;
    const createdAt = at('2026-11-23T05:00:00.25Z');
    const sealer = createSealer(sealerDefaults(work));
    const { signal } = new AbortController();
    for (const [index, [start, end]] of windows.entries()) {
      const name = { window: { start: at(start), end: at(end) }, partition: index, partitionCount: 9 };
      const late = { kind: 'late', firstOffset: (7 + index) as Offset } as const;
      const row = work.row(`r${index}`, `content ${index}`, { createdAt });
      const lateRow = work.row(`late${index}`, `late ${index}`, { createdAt });
      await sealer.seal(request([row], { name }), signal);
      await sealer.seal(request([lateRow], { name: { ...name, ...late } }), signal);
    }
    await sealer.close();
    for (const index of windows.keys())
      for (const [uid, text] of [
        [`r${index}`, `content ${index}`],
        [`late${index}`, `late ${index}`],
      ] as const) {
        const { content } = await getFile({ sink: work.sink, uid, createdAt });
        expect((await collectBytes(content)).toString()).toBe(text);
      }
  });
});

describe('pages', () => {
  test('of any length give what a whole listing gives, once and in its order, within any times', async () => {
    const work = createWorkspace();
    for (let i = 0; i < 9; i++) {
      const start = (WINDOW_START + i * 300 * MINUTE) as Micros;
      await putManifest(work.sink, { start, end: (start + 60 * MINUTE) as Micros }, i % 4);
    }
    const cache = new ByteCache({ bytesMax: 1024 * 1024 });
    const clock = { now: () => 0 as Micros };
    const { sink } = work;
    const archive = { sink, reads: cachedReads({ sink, cache, lists: { clock, ageMaxMicros: 1 } }) };
    const table = 'public.files';
    const walk = async <T>(
      page: (after?: string) => Promise<{ items: readonly T[]; next: string | null }>,
    ): Promise<T[]> => {
      const all: T[] = [];
      let after: string | undefined;
      do {
        const { items, next } = await page(after);
        all.push(...items);
        after = next ?? undefined;
      } while (after !== undefined);
      return all;
    };
    const hours = fc.option(fc.integer({ min: -1, max: 50 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(hours, hours, fc.integer({ min: 1, max: 9 }), async (fromHour, toHour, limit) => {
        const timeOf = (hour: number) => (WINDOW_START + hour * 60 * MINUTE) as Micros;
        const range = {
          ...(fromHour === undefined ? {} : { from: timeOf(fromHour) }),
          ...(toHour === undefined ? {} : { to: timeOf(toHour) }),
        };
        const whole = await collect(listManifests(sink, { table, ...range }));
        const query = (after?: string) => ({
          ...{ table, limit, ...range },
          ...(after === undefined ? {} : { after }),
        });
        const windows = await walk((after) => pageOfWindows(archive, query(after)));
        expect(windows.map(({ manifestName }) => manifestName)).toEqual(whole.map(({ name }) => name));
        const shards = await walk((after) => pageOfShards(archive, query(after)));
        expect(shards.map(({ shard }) => shard.name)).toEqual(
          whole.flatMap(({ manifest }) => manifest.shards.map(({ name }) => name)),
        );
      }),
      runs(25),
    );
  });
});
