import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { TidemarkError } from '../../../src/base/errors.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import type { S3Proxy } from '../../support/s3-proxy.ts';
import type { Fault, SeenRequest } from '../../support/s3-proxy.ts';
import type { FreshBucket } from '../../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../../support/services/proxied-bucket.ts';

const MEBIBYTE = 1024 * 1024;
const PART = 5 * MEBIBYTE;
const NAME = 't/2026/11/23/20261123T000000Z-p0of1-0001.tar.zst';

let bucket: FreshBucket;
let proxy: S3Proxy;
let count = 0;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));

/** Through the proxy, at a place of its own; it knows already what the server can do. */
async function sinkOfTest(options: { events?: Events } = {}): Promise<Sink> {
  const url = bucket.url({ prefix: `faults/${++count}`, endpoint: proxy.endpoint });
  const sink = openSink(url, { s3: { partBytes: PART, attemptsMax: 3, requestsMax: 2 }, ...options });
  await sink.check();
  return sink;
}

async function store(sink: Sink, content: Buffer): Promise<string> {
  const file = await sink.createFile(NAME);
  try {
    await file.write(content);
    return (await file.finish()).outcome;
  } catch (error) {
    await file.abort();
    throw error;
  }
}

const isPart = ({ method, url }: SeenRequest) => method === 'PUT' && url.includes('partNumber=');
const isComplete = ({ method, url }: SeenRequest) => method === 'POST' && url.includes('uploadId=');
const isWhole = ({ method, url }: SeenRequest) => method === 'PUT' && !url.includes('?partNumber');
const isRead = ({ method, headers }: SeenRequest) => method === 'GET' && headers['range'] !== undefined;

/** Breaks the first so many requests of a kind. @returns how many of them there were. */
function breakFirst(kind: (request: SeenRequest) => boolean, times: number, fault: Fault): () => number {
  let seen = 0;
  proxy.breaks((request) => (kind(request) && ++seen <= times ? fault : undefined));
  return () => seen;
}

async function failureOf(work: Promise<unknown>): Promise<TidemarkError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TidemarkError);
  return error as TidemarkError;
}

async function first(sink: Sink): Promise<string | undefined> {
  for await (const name of sink.list('')) return name;
  return undefined;
}

/** A comparison by vitest would look at each of the millions of bytes by itself. */
async function expectContent(sink: Sink, content: Buffer): Promise<void> {
  expect((await sink.readRange(NAME, { offset: 0, length: content.length })).equals(content)).toBe(true);
}

/** Nothing of a file that failed is left behind: no object, no part that is paid for. */
async function expectNothing(sink: Sink): Promise<void> {
  proxy.breaks(() => undefined);
  expect(await sink.size(NAME)).toBeNull();
  const { Uploads } = await bucket.admin.listMultipartUploads({
    Bucket: bucket.name,
    Prefix: `faults/${count}/`,
  });
  expect(Uploads ?? []).toEqual([]);
}

describe('a shard on its way up', () => {
  test('arrives although the connection is cut in the middle of a part, twice', async () => {
    const sink = await sinkOfTest();
    const content = randomBytes(2 * PART + 1);
    const tries = breakFirst(isPart, 2, { cutRequestAfter: MEBIBYTE });
    expect(await store(sink, content)).toBe('stored');
    expect(tries()).toBe(5);
    await expectContent(sink, content);
  });

  test('is given up, with its parts, when the connection is cut again and again', async () => {
    const sink = await sinkOfTest();
    breakFirst(isPart, Number.POSITIVE_INFINITY, { cutRequestAfter: MEBIBYTE });
    const failure = await failureOf(store(sink, randomBytes(3 * PART)));
    expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
    expect(failure.detail).toMatch(/^(writing|storing) t\/2026.*: (ECONNRESET|EPIPE)/);
    expect(failure.remedy).toContain('answers from this machine');
    await expectNothing(sink);
  });

  test('waits while the store asks for slowness, and says so when it does not end', async () => {
    const sink = await sinkOfTest();
    breakFirst(isPart, 2, { answer: { status: 503, code: 'SlowDown' } });
    expect(await store(sink, randomBytes(PART + 1))).toBe('stored');

    const other = await sinkOfTest();
    const tries = breakFirst(isWhole, Number.POSITIVE_INFINITY, {
      answer: { status: 503, code: 'SlowDown' },
    });
    const failure = await failureOf(store(other, randomBytes(100)));
    expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
    expect(failure.detail).toContain('SlowDown (HTTP 503)');
    expect(failure.remedy).toContain('sink.s3.requestsMax');
    expect(tries()).toBe(3);
    await expectNothing(other);
  });

  test('is refused by the server when a bit of it changes on its way, whole or in parts', async () => {
    for (const [content, kind] of [
      [randomBytes(1_000), isWhole],
      [randomBytes(PART + 1), isPart],
    ] as const) {
      const sink = await sinkOfTest();
      breakFirst(kind, Number.POSITIVE_INFINITY, { damage: 'request' });
      const failure = await failureOf(store(sink, content));
      expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
      expect(failure.detail).toMatch(/XAmzContentSHA256Mismatch|BadDigest|ContentChecksumMismatch/);
      expect(failure.remedy).toContain('changes what passes');
      await expectNothing(sink);
    }
  });

  test('is stored once although the answer to its last request is lost', async () => {
    for (const [content, kind] of [
      [randomBytes(1_000), isWhole],
      [randomBytes(PART + 1), isComplete],
    ] as const) {
      const sink = await sinkOfTest();
      breakFirst(kind, 1, { loseAnswer: true });
      expect(['stored', 'present']).toContain(await store(sink, content));
      await expectContent(sink, content);
    }
  });

  test('is known again when the server has put it together and forgotten the upload before its answer came', async () => {
    const sink = await sinkOfTest();
    let completes = 0;
    const forgotten: Fault = { answer: { status: 404, code: 'NoSuchUpload' } };
    proxy.breaks((request) => {
      if (!isComplete(request)) return undefined;
      return ++completes === 1 ? { loseAnswer: true } : forgotten;
    });
    const content = randomBytes(PART + 1);
    expect(await store(sink, content)).toBe('present');
    await expectContent(sink, content);

    const other = await sinkOfTest();
    proxy.breaks((request) => (isComplete(request) ? forgotten : undefined));
    const failure = await failureOf(store(other, content));
    expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
    expect(failure.remedy).toContain('sink.s3.sweepAfter');
    await expectNothing(other);
  });

  test('is tried again while another writer of the name is not done, and compared when he is', async () => {
    const sink = await sinkOfTest();
    const conflict = { answer: { status: 409, code: 'ConditionalRequestConflict' } };
    const tries = breakFirst(isComplete, 1, conflict);
    const content = randomBytes(PART + 1);
    expect(await store(sink, content)).toBe('stored');
    expect(tries()).toBe(2);
    breakFirst(isComplete, 1, conflict);
    expect(await store(sink, content)).toBe('present');
    breakFirst(isComplete, 1, conflict);
    expect(await failureOf(store(sink, randomBytes(PART + 1)))).toMatchObject({ code: 'ERR_SHARD_CONFLICT' });
    proxy.breaks(() => undefined);
    await expectContent(sink, content);
  });
});

describe('what is read', () => {
  test('is asked for again when the answer breaks off', async () => {
    const sink = await sinkOfTest();
    const content = randomBytes(MEBIBYTE);
    await store(sink, content);
    breakFirst(isRead, 2, { cutAnswerAfter: 1_000 });
    const read = await sink.readRange(NAME, { offset: 10, length: 500_000 });
    expect(read.equals(content.subarray(10, 500_010))).toBe(true);
    breakFirst(isRead, Number.POSITIVE_INFINITY, { cutAnswerAfter: 1_000 });
    const failure = await failureOf(sink.readRange(NAME, { offset: 10, length: 500_000 }));
    expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
    expect(failure.detail).toContain('broke off');
  });

  test('is noticed when a manifest comes changed: read again, and refused when it stays so', async () => {
    const sink = await sinkOfTest();
    const content = randomBytes(1_000);
    await sink.putObject('t/a.manifest.json', content);
    const whole = { offset: 0, length: content.length };
    breakFirst(isRead, 1, { damage: 'answer' });
    expect(await sink.readRange('t/a.manifest.json', whole)).toEqual(content);
    const reads = breakFirst(isRead, Number.POSITIVE_INFINITY, { damage: 'answer' });
    expect(await failureOf(sink.readRange('t/a.manifest.json', whole))).toMatchObject({
      code: 'ERR_SHARD_CORRUPT',
    });
    expect(reads()).toBe(2);
  });
});

describe('a store that cannot be used', () => {
  test('is named with what mends it, and no secret is in the error', async () => {
    const secret = process.env['AWS_SECRET_ACCESS_KEY']!;
    const cases = [
      {
        secret: 'not-the-secret-key',
        url: bucket.url(),
        code: 'SignatureDoesNotMatch',
        remedy: 'AWS_SECRET_ACCESS_KEY',
      },
      {
        url: bucket.url().replace(bucket.name, 'tidemark-test-nowhere'),
        code: 'NoSuchBucket',
        remedy: 'aws s3api create-bucket --bucket tidemark-test-nowhere',
      },
      {
        url: bucket.url({ endpoint: 'http://127.0.0.1:9' }),
        code: 'ECONNREFUSED',
        remedy: 'Start the server',
      },
    ];
    for (const { url, code, remedy, ...other } of cases) {
      process.env['AWS_SECRET_ACCESS_KEY'] = other.secret ?? secret;
      const sink = openSink(url, { s3: { attemptsMax: 2 } });
      const works = [() => sink.check(), () => sink.putObject('a.json', Buffer.from('a')), () => first(sink)];
      for (const work of works) {
        const failure = await failureOf(work());
        expect(failure).toMatchObject({ code: 'ERR_SINK_UNAVAILABLE', retryable: true });
        expect(failure.detail).toContain(code);
        expect(failure.remedy).toContain(remedy);
        const everything = inspect(failure, { depth: 20, showHidden: true });
        expect(everything).not.toContain(process.env['AWS_SECRET_ACCESS_KEY']);
        expect(everything).not.toMatch(/Signature=|AWS4-HMAC/);
      }
    }
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
  });
});

describe('a server without conditional writes', () => {
  test.each([
    ['refuses them', 501],
    ['ignores them', 200],
  ])('that %s is told of once, and names are looked up before they are written', async (_, status) => {
    const events = new Events();
    let told = 0;
    events.on('sink:unguarded', ({ bucket: name }) => {
      expect(name).toBe(bucket.name);
      told++;
    });
    const url = bucket.url({ prefix: `faults/${++count}`, endpoint: proxy.endpoint });
    const sink = openSink(url, { events });
    proxy.breaks(({ headers }) =>
      headers['if-none-match'] === undefined ? undefined : { answer: { status, code: 'NotImplemented' } },
    );
    expect(await sink.putObject('t/a.json', Buffer.from('a'))).toBe('stored');
    expect(await sink.putObject('t/a.json', Buffer.from('a'))).toBe('present');
    expect(await failureOf(sink.putObject('t/a.json', Buffer.from('b')))).toMatchObject({
      code: 'ERR_SHARD_CONFLICT',
    });
    expect(await store(sink, Buffer.from('shard'))).toBe('stored');
    expect(await store(sink, Buffer.from('shard'))).toBe('present');
    expect(String(await sink.readRange('t/a.json', { offset: 0, length: 1 }))).toBe('a');
    expect(told).toBe(1);
  });
});
