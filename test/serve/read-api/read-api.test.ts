import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { parseMicros } from '../../../src/model/micros.ts';
import type { Offset } from '../../../src/model/offset.ts';
import { TokenFile } from '../../../src/serve/read-api/token-file.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { goldenRows } from '../../golden/golden-seal.ts';
import { putTogether, takeApart } from '../../sinks/support/forged-shard.ts';
import { lineOf } from '../../sinks/support/seal-rows.ts';
import type { TestRow } from '../../sinks/support/seal-rows.ts';
import { ApiRig, filePath } from './api-rig.ts';
import type { RunningApi } from './api-rig.ts';

const TOKEN = 'a-token-of-the-tests-0123456789';

const rig = new ApiRig();
let rows: readonly TestRow[];
let open: RunningApi;
const bytesOf = (row: TestRow): Buffer => readFileSync(row.fileLocation!);
const rowOf = (uid: string): TestRow => rows.find((row) => row.uid === uid)!;
const problemOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

beforeAll(async () => {
  rows = await rig.sealGolden();
  open = await rig.serve();
});

afterAll(() => rig.close());

/** A sink whose calls wait until they are released, as a hung mount does. */
function heldSink(sink: Sink) {
  let release = (): void => undefined;
  let call = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const called = new Promise<void>((resolve) => (call = resolve));
  const readRange: Sink['readRange'] = async (name, range) => {
    call();
    await released;
    return await sink.readRange(name, range);
  };
  const held = {
    ...{ url: sink.url, readRange, release, called },
    size: (name: string) => sink.size(name),
    list: (prefix: string) => sink.list(prefix),
    listFolders: (prefix: string) => sink.listFolders(prefix),
  };
  return held as unknown as Sink & { release: () => void; called: Promise<void> };
}

/** The answer's head, its body not read yet. */
async function begin(url: string): Promise<IncomingMessage> {
  const [response] = (await once(httpGet(url), 'response')) as [IncomingMessage];
  return response;
}

describe('a file', () => {
  test('comes with its bytes, validators and nothing that a browser would run', async () => {
    for (const row of rows) {
      const response = await open.get(filePath(row));
      const bytes = bytesOf(row);
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: `"sha256:${createHash('sha256').update(bytes).digest('hex')}"`,
        'content-length': String(bytes.length),
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'public, max-age=31536000, immutable',
        'last-modified': new Date(Math.floor(row.createdAt / 1_000_000) * 1_000).toUTCString(),
      });
    }
    const names = await Promise.all(
      ['a/b', '日本語'].map(async (uid) =>
        (await open.get(filePath(rowOf(uid)))).headers.get('content-disposition'),
      ),
    );
    expect(names).toEqual([
      `attachment; filename=a%2Fb; filename*=UTF-8''a%252Fb`,
      `attachment; filename="???"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E`,
    ]);
  });

  test('is answered in parts, not at all, or by its head, as the request says', async () => {
    const row = rowOf('large');
    const bytes = bytesOf(row);
    const ask = (headers: Record<string, string>, method = 'GET') =>
      open.get(filePath(row), { method, headers });
    const part = await ask({ range: 'bytes=8000-17000' });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 8000-17000/${bytes.length}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(8_000, 17_001))).toBe(true);
    const etag = part.headers.get('etag')!;
    const unchanged = await ask({ 'if-none-match': etag });
    expect([unchanged.status, unchanged.headers.get('etag'), await unchanged.text()]).toEqual([
      304,
      etag,
      '',
    ]);
    const head = await ask({ range: 'bytes=0-1' }, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    const beyond = await ask({ range: 'bytes=99999-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect(beyond.headers.get('etag')).toBeNull();
    expect((await problemOf(beyond))['code']).toBe('ERR_HTTP_RANGE');
    const unmet = await ask({ 'if-match': '"other"' });
    expect([unmet.status, (await problemOf(unmet))['code']]).toEqual([412, 'ERR_HTTP_PRECONDITION']);
    const several = await ask({ range: 'bytes=0-1,5-6' });
    expect([several.status, (await several.arrayBuffer()).byteLength]).toEqual([200, bytes.length]);
  });

  test('that is not there is 404, also at another time, in another table, or before there were archives', async () => {
    const { uid, createdAt } = rowOf('plain');
    const paths = [
      filePath({ uid: 'none', createdAt }),
      filePath({ uid, createdAt: createdAt + 1 }),
      filePath({ uid, createdAt }, '&table=public.other'),
      filePath({ uid, createdAt }, '&table=..%2F'),
      '/v1/files/plain?created_at=0001-01-01T00:00:00Z',
      '/v1/files/?created_at=2026-11-23T05:00:01.5Z',
    ];
    for (const path of paths) {
      const response = await open.get(path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        ...[path, 404, 'application/problem+json; charset=utf-8'],
      ]);
      expect(await problemOf(response)).toMatchObject({ code: 'ERR_UID_NOT_FOUND', status: 404 });
    }
    expect((await open.get(filePath({ uid, createdAt }, '&table=public.files'))).status).toBe(200);
  });

  test('that is sealed while the server runs is found, though its uid was asked for before', async () => {
    const row = { ...rowOf('plain'), uid: 'late', createdAt: rowOf('plain').createdAt + 7 };
    let micros = parseMicros('2026-11-24T00:00:00Z')!;
    const { get } = await rig.serve({ clock: { now: () => micros } });
    expect((await get(filePath(row))).status).toBe(404);
    await rig.seal([row], { name: { kind: 'late', firstOffset: 7 as Offset } });
    micros = parseMicros('2026-11-24T00:00:02Z')!;
    expect((await get(filePath(row))).status).toBe(200);
  });

  test('of a table that names no files is the JSON of its row', async () => {
    const line = { uid: 'r1', createdAt: rowOf('plain').createdAt, fileLocation: null, sizeBytes: null };
    await rig.seal([line], { name: { table: 'public.orders' }, payload: 'row' });
    const { get } = await rig.serve();
    const response = await get(filePath(line));
    const text = await response.text();
    expect([response.status, response.headers.get('content-type'), text]).toEqual([
      ...[200, 'application/json', lineOf(line)],
    ]);
    expect(response.headers.get('etag')).toBe(`"sha256:${createHash('sha256').update(text).digest('hex')}"`);
    expect((await get(filePath(line), { headers: { accept: 'application/octet-stream' } })).status).toBe(406);
  });
});

describe('a damaged file', () => {
  const damaged = new ApiRig();
  let [bad, shard, intact]: [readonly TestRow[], string, Buffer] = [[], '', Buffer.alloc(0)];
  const rowOfBad = (uid: string) => bad.find((row) => row.uid === uid)!;

  beforeAll(async () => {
    bad = goldenRows(damaged.root);
    const { manifest } = await damaged.seal(bad, { frameBytes: 8_192 });
    shard = manifest.shards[0]!.name;
    intact = readFileSync(join(damaged.archive, shard));
  });

  afterAll(() => damaged.close());

  test('with another digest never looks whole: a large one is cut before its last piece, a small one is an error', async () => {
    const { frames, ...parts } = await takeApart(damaged.sink, shard);
    // The end's frame is the last one, before it stands the last piece of the large file.
    const forged = frames.map((frame, i) => {
      const copy = Buffer.from(frame);
      if (i === frames.length - 2) copy[0]! ^= 1;
      if (i === 0) copy[copy.lastIndexOf('hello')]! ^= 1;
      return copy;
    });
    replaceShard(damaged.archive, shard, putTogether({ ...parts, frames: forged }));
    const { get, failures } = await damaged.serve();
    const large = rowOfBad('large');
    const whole = await get(filePath(large));
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(large.sizeBytes)]);
    await expect(whole.arrayBuffer()).rejects.toThrow();
    const small = await get(filePath(rowOfBad('plain')));
    expect([small.status, small.headers.get('etag'), small.headers.get('content-disposition')]).toEqual([
      ...[500, null, null],
    ]);
    const problem = await problemOf(small);
    expect(problem).toMatchObject({ code: 'ERR_SHARD_CORRUPT', status: 500 });
    expect(JSON.stringify(problem)).not.toContain(shard);
    expect(failures.map(({ code }) => code)).toEqual(['ERR_SHARD_CORRUPT', 'ERR_SHARD_CORRUPT']);
    expect(failures[0]!.reason).toContain(shard);
  });

  test('with another checksum gives the ranges of its whole frames and no others', async () => {
    const bytes = Buffer.from(intact);
    // Pages begin behind the end's frame; some bytes before that stand in the last frame of the large file.
    bytes[bytes.indexOf(Buffer.from('5b2a4d18', 'hex')) - 40]! ^= 1;
    replaceShard(damaged.archive, shard, bytes);
    const { get, failures } = await damaged.serve();
    const range = (text: string) => get(filePath(rowOfBad('large')), { headers: { range: text } });
    const first = await range('bytes=0-99');
    const beginning = bytesOf(rowOfBad('large')).subarray(0, 100);
    expect(Buffer.from(await first.arrayBuffer()).equals(beginning)).toBe(true);
    expect((await range('bytes=-10')).status).toBe(500);
    expect(failures).toHaveLength(1);
  });
});

/** Puts other bytes in a shard's place, and their number into its manifest. */
function replaceShard(archive: string, shard: string, bytes: Buffer): void {
  writeFileSync(join(archive, shard), bytes);
  const manifest = join(archive, shard.replace(/-\d{4}\.tar\.zst$/, '.manifest.json'));
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"bytes": \d+/, `"bytes": ${bytes.length}`));
}

describe('who may read', () => {
  test('is whoever has a token of the file, which may change while the server runs', async () => {
    const path = join(rig.folder, 'tokens');
    writeFileSync(path, `${TOKEN}\n`);
    const events = new Events();
    const unusable: string[] = [];
    events.on('http:tokens-unusable', ({ reason }) => unusable.push(reason));
    const tokens = await TokenFile.open({ path, events, lookAgainMs: 0 });
    const { get, answered } = await rig.serve({ tokens, events });
    const status = async (authorization?: string, target = '/v1/tables') => {
      const response = await get(target, authorization === undefined ? {} : { headers: { authorization } });
      return [response.status, response.headers.get('www-authenticate')];
    };
    expect(await status()).toEqual([401, 'Bearer realm="tidemark"']);
    expect(await status(`Bearer ${TOKEN}x`)).toEqual([401, 'Bearer realm="tidemark", error="invalid_token"']);
    expect(await status(undefined, '/metrics')).toEqual([401, 'Bearer realm="tidemark"']);
    for (const target of ['/healthz', '/readyz', '/v1/openapi.json'])
      expect(await status(undefined, target)).toEqual([200, null]);
    expect(await status(`bearer ${TOKEN}`)).toEqual([200, null]);
    await expect.poll(() => answered.at(-1)?.caller).toMatch(/^token [0-9a-f]{8}$/);
    const file = await get(filePath(rows[0]!), { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(file.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    writeFileSync(path, 'short');
    expect(await status(`Bearer ${TOKEN}`)).toEqual([200, null]);
    expect(unusable).toHaveLength(1);
    expect(unusable[0]).toContain('the token in line 1 is shorter than 16 characters');
    writeFileSync(path, `${'b'.repeat(32)}\n`);
    expect(await status(`Bearer ${TOKEN}`)).toEqual([401, 'Bearer realm="tidemark", error="invalid_token"']);
    expect(await status(`Bearer ${'b'.repeat(32)}`)).toEqual([200, null]);
  });

  test('is told how often', async () => {
    const { get } = await rig.serve({ ratePerSecond: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => get('/v1/tables')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused[0]!))['code']).toBe('ERR_HTTP_RATE');
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('a server', () => {
  test('answers so many at once and no more, and one whose sink hangs says so and keeps its place', async () => {
    const sink = heldSink(rig.sink);
    const { get, failures } = await rig.serve({ sink, requestsMax: 1, answerTimeoutMs: 50 });
    const hung = await get(filePath(rows[0]!));
    expect([hung.status, hung.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await problemOf(hung))['code']).toBe('ERR_SINK_UNAVAILABLE');
    expect(failures.map(({ code }) => code)).toEqual(['ERR_SINK_UNAVAILABLE']);
    const busy = await get('/v1/tables');
    expect([busy.status, busy.headers.get('retry-after'), (await problemOf(busy))['code']]).toEqual([
      ...[503, '1', 'ERR_HTTP_BUSY'],
    ]);
    expect((await get('/readyz')).status).toBe(200);
    sink.release();
    await expect.poll(async () => (await get('/v1/tables')).status).toBe(200);
  });

  test('reads on only as fast as its client does, and lets a running download end when it is drained', async () => {
    const large = new ApiRig();
    try {
      const path = join(large.root, 'large');
      writeFileSync(
        path,
        createHash('shake256', { outputLength: 24 * 1024 * 1024 })
          .update('x')
          .digest(),
      );
      const row = { ...rowOf('plain'), uid: 'large', fileLocation: path, sizeBytes: 24 * 1024 * 1024 };
      await large.seal([row]);
      let readBytes = 0;
      const { sink } = large;
      const readRange: Sink['readRange'] = (name, range) => {
        readBytes += range.length;
        return sink.readRange(name, range);
      };
      const counting = { ...heldSink(sink), readRange } as Sink;
      const { api, get } = await large.serve({ sink: counting });
      const response = await begin(`${api.url}${filePath(row)}`);
      // Until nothing more is read: what the sockets of both sides hold is some megabytes.
      let before = -1;
      await expect.poll(() => [before === readBytes, (before = readBytes)][0], { interval: 200 }).toBe(true);
      expect(readBytes).toBeLessThan(16 * 1024 * 1024);
      const drained = api.drain();
      await expect.poll(() => get('/healthz').catch(() => 'refused')).toBe('refused');
      const hash = createHash('sha256');
      for await (const chunk of response) hash.update(chunk as Buffer);
      expect(`"sha256:${hash.digest('hex')}"`).toBe(response.headers.etag);
      await drained;
      await api.run();
    } finally {
      await large.close();
    }
  });

  test('lets a client go that takes nothing, and writes down that its answer broke off', async () => {
    const large = new ApiRig();
    try {
      const path = join(large.root, 'large');
      writeFileSync(path, Buffer.alloc(24 * 1024 * 1024, 'x'));
      const row = { ...rowOf('plain'), uid: 'large', fileLocation: path, sizeBytes: 24 * 1024 * 1024 };
      await large.seal([row]);
      const { api, answered } = await large.serve({ idleTimeoutMs: 300 });
      const response = await begin(`${api.url}${filePath(row)}`);
      // Nothing is read: what ends it is the server.
      await expect.poll(() => answered.at(-1)?.isWhole, { timeout: 10_000 }).toBe(false);
      await expect(response.toArray()).rejects.toThrow('aborted');
    } finally {
      await large.close();
    }
  });

  test('that is stopped cuts a running download', async () => {
    const sink = heldSink(rig.sink);
    const { api, get } = await rig.serve({ sink });
    const cut = get(filePath(rows[0]!)).then(
      () => 'answered',
      () => 'cut',
    );
    await sink.called;
    await api.stop();
    sink.release();
    expect(await cut).toBe('cut');
  });
});

describe('what is no request for anything', () => {
  test.each([
    ['GET', '/nope', 404, 'ERR_HTTP_NOT_FOUND'],
    ['GET', '/v1/files/a/b?created_at=2026-11-23T05:00:01Z', 404, 'ERR_HTTP_NOT_FOUND'],
    ['GET', '/v1/tables/none/shards', 404, 'ERR_HTTP_NOT_FOUND'],
    ['GET', '/v1/errors/ERR_NONE', 404, 'ERR_HTTP_NOT_FOUND'],
    ['POST', '/v1/tables', 405, 'ERR_HTTP_METHOD'],
    ['DELETE', '/v1/files/a', 405, 'ERR_HTTP_METHOD'],
    ['OPTIONS', '/healthz', 405, 'ERR_HTTP_METHOD'],
    ['GET', '/v1/files/%zz?created_at=2026-11-23T05:00:01Z', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/files/%ff?created_at=2026-11-23T05:00:01Z', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/files/a', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/files/a?created_at=yesterday', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/tables?limit=0', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/tables?limit=1001', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/tables?limit=1&limit=2', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/tables?cursor=%21', 400, 'ERR_HTTP_REQUEST'],
    ['GET', '/v1/tables?colour=red', 400, 'ERR_HTTP_REQUEST'],
  ])('%s %s is %i', async (method, path, status, code) => {
    const response = await open.get(path, { method, ...(method === 'POST' ? { body: '{' } : {}) });
    expect([response.status, response.headers.get('allow')]).toEqual([
      status,
      status === 405 ? 'GET, HEAD' : null,
    ]);
    expect(await problemOf(response)).toMatchObject({ type: `/v1/errors/${code}`, status, code });
  });

  test('is written down with its status, and without what it asked for', () => {
    expect(open.answered.find(({ status }) => status === 405)).toMatchObject({
      route: 'other',
      method: 'POST',
    });
    expect(JSON.stringify(open.answered)).not.toContain('plain');
    expect(open.failures).toEqual([]);
  });
});

describe('lists', () => {
  test('of windows and shards are what the manifests say, page by page', async () => {
    const { get } = await rig.serve();
    const read = async (path: string) => (await (await get(path)).json()) as Record<string, never>;
    expect(await read('/v1/tables?limit=1')).toMatchObject({ tables: [{ table: 'public.files' }] });
    const { next } = await read('/v1/tables?limit=1');
    expect(await read(`/v1/tables?limit=1&cursor=${next}`)).toEqual({
      tables: [{ table: 'public.orders' }],
      next: null,
    });
    const first = await read('/v1/tables/public.files/windows?limit=1');
    expect(first['windows']).toMatchObject([
      { kind: 'late', window: { end: '2026-11-23T06:00:00.000000Z' }, ledger: { archived: 1 } },
    ]);
    const second = await read(`/v1/tables/public.files/windows?limit=1&cursor=${first['next']}`);
    expect(second).toMatchObject({ windows: [{ kind: 'window', ledger: { archived: 5 } }], next: null });
    const shards = await read(
      '/v1/tables/public.files/shards?from=2026-11-23T05:59:59Z&to=2026-11-23T05:00:01Z',
    );
    expect(shards['shards']).toMatchObject([{ files: 1 }, { files: 5, payload: 'file' }]);
    for (const beside of [
      'from=2026-11-23T06:00:00Z',
      'to=2026-11-23T05:00:00Z',
      'from=9999-01-01T00:00:00Z',
    ])
      expect(await read(`/v1/tables/public.files/shards?${beside}`)).toEqual({ shards: [], next: null });
  });
});
