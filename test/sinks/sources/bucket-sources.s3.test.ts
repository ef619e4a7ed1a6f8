import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TidemarkError } from '../../../src/base/errors.ts';
import type { SealResult } from '../../../src/model/seal.ts';
import { resolveRoots } from '../../../src/sinks/pack/roots.ts';
import { SourceDigester } from '../../../src/sinks/read/source-digest.ts';
import { verifyShards } from '../../../src/sinks/read/verify-shards.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import type { Sealer } from '../../../src/sinks/sealer.ts';
import type { S3Proxy } from '../../support/s3-proxy.ts';
import type { Fault, SeenRequest } from '../../support/s3-proxy.ts';
import type { FreshBucket } from '../../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../../support/services/proxied-bucket.ts';
import { collect } from '../support/collect.ts';
import { request, sealerDefaults } from '../support/seal-request.ts';
import { lineOf } from '../support/seal-rows.ts';
import type { TestRow } from '../support/seal-rows.ts';
import { createWorkspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

const FRAME = 8 * 1024;
/** More than sixteen frames: digested by one request, packed by others. */
const LARGE = 30 * FRAME;

let bucket: FreshBucket;
let proxy: S3Proxy;
let work: Workspace;
let sealer: Sealer;
let seals = 0;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));
beforeAll(() => {
  work = createWorkspace(afterAll);
  const roots = [bucket.url({ prefix: 'in', endpoint: proxy.endpoint }), work.root];
  sealer = createSealer({ ...sealerDefaults(work), roots, frameBytes: FRAME });
});
afterEach(() => void (proxy.seen.length = 0));
afterAll(async () => {
  await sealer.close();
});

/** Each seal is of a partition of its own, all by the same threads. */
function seal(rows: readonly TestRow[], signal = new AbortController().signal): Promise<SealResult> {
  const name = { partition: ++seals, partitionCount: 100 };
  return sealer.seal(request(rows, { name }), signal);
}

/** Bytes that do not compress away, the same in every run. */
function contentOf(bytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let i = 0; pieces.length * 32 < bytes; i++)
    pieces.push(createHash('sha256').update(`${bytes}/${i}`).digest());
  return Buffer.concat(pieces).subarray(0, bytes);
}

async function put(key: string, content: Buffer): Promise<void> {
  await bucket.admin.putObject({ Bucket: bucket.name, Key: key, Body: content });
}

/** @returns a row, the same to the byte for an object as for a file but for the place that is read. */
async function object(uid: string, bytes: number, place: Partial<TestRow> & { key?: string } = {}) {
  const { key = `in/${seals}/${uid}`, ...more } = place;
  await put(key, contentOf(bytes));
  const row = { ...work.row(uid, contentOf(bytes)), ...more };
  return {
    file: { ...row, line: lineOf(row) },
    row: { ...row, line: lineOf(row), fileLocation: at(key) },
    key,
  };
}

const at = (key: string) => `s3://${bucket.name}/${key}`;

const isGet = (seen: SeenRequest, key: string) => seen.method === 'GET' && seen.url.includes(`/${key}`);

/** Breaks the first so many requests of a kind. @returns how many of them there were. */
function breakFirst(kind: (seen: SeenRequest) => boolean, times: number, fault: Fault): () => number {
  let count = 0;
  proxy.breaks((seen) => (kind(seen) && ++count <= times ? fault : undefined));
  return () => count;
}

async function refusalOf(sealing: Promise<unknown>): Promise<TidemarkError> {
  const error: unknown = await sealing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TidemarkError);
  expect(error).toMatchObject({ code: 'ERR_SOURCE_UNAVAILABLE', retryable: true });
  return error as TidemarkError;
}

const isAny = () => true;
const isPart = ({ headers }: SeenRequest) => headers['range'] !== undefined;

const rejectsOf = ({ manifest }: SealResult) => manifest.rejects.map(({ uid, reason }) => [uid, reason]);

test('objects give the same shard as files in a folder, to the byte, whatever their sizes and keys', async () => {
  const files: TestRow[] = [];
  const objects: TestRow[] = [];
  const sizes = { empty: 0, small: 300, frame: FRAME, whole: 3 * FRAME + 5, large: LARGE + 77 };
  for (const [uid, bytes] of Object.entries(sizes)) {
    const { file, row } = await object(uid, bytes, { key: `in/50% öffentlich?/${uid} #1+2&3.` });
    files.push(file);
    objects.push(row);
  }
  // Rows may share a file, and not know its size; folders stand beside buckets.
  const again = { uid: 'again', sizeBytes: null, line: '{}' };
  files.push({ ...files[4]!, ...again }, files[1]!);
  objects.push({ ...objects[4]!, ...again }, files[1]!);
  const name = { partition: seals + 1, partitionCount: 100 };
  const wanted = await createWorkspace().seal(files, { roots: [work.root], frameBytes: FRAME, name });
  const found = await seal(objects);
  expect(rejectsOf(found)).toEqual([]);
  expect(found.manifest.shards).toEqual(wanted.manifest.shards);
  expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
});

test('a row is rejected for its object as it would be for its file, and its neighbours are archived', async () => {
  const good = await object('good', 500);
  const other = await object('other', 10, { key: 'in2/other' });
  const bad: Record<string, Partial<TestRow>> = {
    file_missing: { fileLocation: at('in/nowhere') },
    file_size_differs: { sizeBytes: 499 },
    file_not_regular: { fileLocation: at('in/folder/') },
  };
  const outside = [
    other.row.fileLocation,
    at('in/../in2/other'),
    's3://elsewhere/in/x',
    's3://nothing',
    `${at('in2/x')}?endpoint=http://127.0.0.1:9`,
  ];
  const rows = [
    ...Object.entries(bad).map(([uid, change]) => ({ ...good.row, uid, ...change })),
    ...outside.map((fileLocation, i) => ({ ...good.row, uid: `outside${i}`, fileLocation })),
    { ...good.row, uid: 'unmeasured', fileLocation: at('in/nowhere'), sizeBytes: null },
  ];
  const found = await seal([good.row, ...rows]);
  expect(Object.fromEntries(rejectsOf(found))).toEqual({
    ...Object.fromEntries(Object.keys(bad).map((reason) => [reason, reason])),
    ...Object.fromEntries(outside.map((_, i) => [`outside${i}`, 'file_outside_roots'])),
    unmeasured: 'file_missing',
  });
  expect(found.manifest.ledger).toMatchObject({ archived: 1, rejected: rows.length });
});

describe('an object that is replaced', () => {
  test('between the look at it and its reading is rejected: it is asked for with the ETag that was seen', async () => {
    const [one, two] = [await object('one', 400, { sizeBytes: null }), await object('two', 10)];
    proxy.breaks((seen) => (isGet(seen, one.key) ? { hold: put(one.key, Buffer.alloc(400)) } : undefined));
    const found = await seal([one.row, two.row]);
    expect(rejectsOf(found)).toEqual([['one', 'file_changed']]);
    expect(found.manifest.ledger.archived).toBe(1);
    const etag = `"${createHash('md5').update(contentOf(400)).digest('hex')}"`;
    expect(proxy.seen.find((seen) => isGet(seen, one.key))?.headers['if-match']).toBe(etag);
  });

  test('between two requests of a large one is rejected, whoever made them', async () => {
    const one = await object('one', LARGE);
    let count = 0;
    proxy.breaks((seen) =>
      isGet(seen, one.key) && ++count === 2 ? { hold: put(one.key, Buffer.alloc(LARGE)) } : undefined,
    );
    expect(rejectsOf(await seal([one.row]))).toEqual([['one', 'file_changed']]);
  });
});

describe('a request that fails', () => {
  test.each<[string, Fault]>([
    ['with SlowDown', { answer: { status: 503, code: 'SlowDown' } }],
    ['in the middle of its answer', { cutAnswerAfter: 300 }],
    ['with damaged bytes', { damage: 'answer' }],
  ])('%s is made again, and the archive holds what the store holds', async (_, fault) => {
    const [small, large] = [await object('small', 900), await object('large', LARGE)];
    const prefix = `in/${seals}/`;
    const tries = breakFirst((seen) => isGet(seen, prefix), 2, fault);
    expect(rejectsOf(await seal([small.row, large.row]))).toEqual([]);
    expect(tries()).toBeGreaterThan(2);
    expect(await collect(verifyShards({ sink: work.sink }))).toEqual([]);
    // Also where reading goes on behind what came.
    const digester = new SourceDigester(await resolveRoots([bucket.url({ endpoint: proxy.endpoint })]));
    breakFirst((seen) => isGet(seen, large.key), 1, fault);
    const sha256 = createHash('sha256').update(contentOf(LARGE)).digest();
    expect(await digester.digest(large.row.fileLocation)).toEqual({ sizeBytes: LARGE, sha256 });
  });

  test('is gone on with where a large answer broke off', async () => {
    const one = await object('one', LARGE);
    breakFirst((seen) => isGet(seen, one.key) && seen.headers['range'] === undefined, 1, {
      cutAnswerAfter: LARGE / 2,
    });
    expect(rejectsOf(await seal([one.row]))).toEqual([]);
    const ranges = proxy.seen.filter((seen) => isGet(seen, one.key)).map(({ headers }) => headers['range']);
    expect(ranges.some((range) => String(range).endsWith(`-${LARGE - 1}`) && range !== ranges.at(-1))).toBe(
      true,
    );
  });

  test.each<[string, (seen: SeenRequest) => boolean, Fault, RegExp]>([
    ['forbidden', isAny, { answer: { status: 403, code: 'AccessDenied' } }, /AccessDenied.*s3-source-policy/],
    ['of no bucket', isAny, { answer: { status: 404, code: 'NoSuchBucket' } }, /NoSuchBucket.*create-bucket/],
    ['of unknown keys', isAny, { answer: { status: 403, code: 'InvalidAccessKeyId' } }, /AWS_ACCESS_KEY_ID/],
    ['always damaged', isAny, { damage: 'answer' }, /BodyDamaged.*changes what passes/],
    ['damaged in a part', isPart, { damage: 'answer' }, /read twice with other bytes/],
  ])('because it is %s holds the seal, names the row, and rejects nothing', async (_, kind, fault, said) => {
    const one = await object('one', LARGE);
    proxy.breaks((seen) => (isGet(seen, one.key) && kind(seen) ? fault : undefined));
    const { detail, remedy } = await refusalOf(seal([one.row]));
    expect(detail).toMatch(/^the file of uid "one", created_at 2026-11-23T05:00:01/);
    expect(`${detail} ${remedy}`).toMatch(said);
    proxy.breaks(() => undefined);
    seals--;
    expect(rejectsOf(await seal([one.row]))).toEqual([]);
  });

  test('ends soon when nobody wants the seal any more', async () => {
    const one = await object('one', 500);
    const controller = new AbortController();
    const reason = new Error('enough');
    proxy.breaks((seen) => {
      if (!isGet(seen, one.key)) return undefined;
      controller.abort(reason);
      return { hold: new Promise(() => undefined) };
    });
    await expect(seal([one.row], controller.signal)).rejects.toBe(reason);
  });
});
