import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseS3Address } from '../../../src/base/s3-address.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { listNames } from '../../../src/sinks/s3/list-objects.ts';
import { S3Bucket } from '../../../src/sinks/s3/s3-bucket.ts';
import { S3_DEFAULTS } from '../../../src/sinks/s3/s3-options.ts';
import { setAside } from '../../../src/sinks/s3/set-aside.ts';
import type { S3Proxy } from '../../support/s3-proxy.ts';
import type { FreshBucket } from '../../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../../support/services/proxied-bucket.ts';
import { collect } from '../support/collect.ts';

const MEBIBYTE = 1024 * 1024;
const PART = 5 * MEBIBYTE;
const NAME = 't/2026/11/23/20261123T000000Z-p0of1-0001.tar.zst';

let bucket: FreshBucket;
let proxy: S3Proxy;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));

function openedBucket(prefix: string): S3Bucket {
  const address = parseS3Address(bucket.url({ prefix }));
  if ('problem' in address) throw new Error(address.problem);
  return new S3Bucket(address, S3_DEFAULTS);
}

test('two large shards that are written at once hold no more in memory than the parts that may go up', async () => {
  const [requestsMax, pieceBytes, pieces] = [2, MEBIBYTE, 30];
  const sink = openSink(bucket.url({ prefix: 'memory', endpoint: proxy.endpoint }), {
    s3: { partBytes: PART, requestsMax },
  });
  await sink.check();
  let [arrived, release] = [0, () => undefined as void];
  const released = new Promise<void>((resolve) => (release = resolve));
  const bothArrived = new Promise<void>((resolve) => {
    proxy.breaks(({ url }) => {
      if (!url.includes('partNumber=')) return undefined;
      if (++arrived === requestsMax) resolve();
      return { hold: released };
    });
  });
  let taken = 0;
  const piece = randomBytes(pieceBytes);
  const write = async (name: string): Promise<string> => {
    const file = await sink.createFile(name);
    for (let i = 0; i < pieces; i++) {
      await file.write(piece);
      taken += pieceBytes;
    }
    return (await file.finish()).sha256;
  };
  const written = Promise.all([write(NAME), write(NAME.replace('0001', '0002'))]);
  await bothArrived;
  // Whatever could still be taken is taken before the event loop comes round to this again, many times over.
  for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(arrived).toBe(requestsMax);
  expect(taken).toBeLessThanOrEqual((requestsMax + 2) * PART);
  release();
  const hash = createHash('sha256');
  for (let i = 0; i < pieces; i++) hash.update(piece);
  const sha256 = hash.digest('hex');
  expect(await written).toEqual([sha256, sha256]);
  expect(proxy.bytesInFlightMax).toBeLessThanOrEqual(requestsMax * PART + MEBIBYTE);
});

test('a sweep aborts the old uploads of shards below its prefix, and no others', async () => {
  const place = { Bucket: bucket.name };
  const begin = (Key: string) => bucket.admin.createMultipartUpload({ ...place, Key });
  await begin(`swept/${NAME}`);
  await begin('swept/t/report.pdf');
  await begin(`swept-not/${NAME}`);
  const keys = async (): Promise<(string | undefined)[]> => {
    const { Uploads } = await bucket.admin.listMultipartUploads({ ...place, Prefix: 'swept' });
    return (Uploads ?? []).map(({ Key }) => Key);
  };
  const url = bucket.url({ prefix: 'swept' });
  expect(await openSink(url).sweep()).toBe(0);
  expect(await keys()).toHaveLength(3);
  // As if a day had gone by.
  expect(await openSink(url, { s3: { sweepAfterMs: -60_000 } }).sweep()).toBe(1);
  expect(await keys()).toEqual(['swept-not/' + NAME, 'swept/t/report.pdf']);
});

test('names come in order from page to page', async () => {
  const names = Array.from({ length: 11 }, (_, i) => `t/${String(i * 7919).padStart(7, '0')}`).sort();
  const sink = openSink(bucket.url({ prefix: 'pages' }));
  for (const name of names) await sink.putObject(name, Buffer.from('x'));
  expect(await collect(listNames(openedBucket('pages'), '', 3))).toEqual(names);
});

test('a store that lists in another order than that of the bytes is refused: readers merge by it', async () => {
  const sink = openSink(bucket.url({ prefix: 'disorder', endpoint: proxy.endpoint }), {
    s3: { attemptsMax: 1 },
  });
  const contents = ['b', 'a'].map((name) => `<Contents><Key>disorder/${name}</Key></Contents>`).join('');
  const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
  proxy.breaks(() => ({ answer: { status: 200, body } }));
  await expect(collect(sink.list(''))).rejects.toMatchObject({
    code: 'ERR_SINK_UNAVAILABLE',
    detail: expect.stringContaining('lists a after b') as string,
  });
});

test('what is told of class and encryption goes with the shards, and of the encryption alone with the manifests', async () => {
  const sink = openSink(bucket.url({ prefix: 'settings', endpoint: proxy.endpoint }), {
    s3: {
      ...{ storageClass: 'STANDARD_IA', encryption: 'aws:kms', kmsKey: 'key-1', bucketKey: true },
      partBytes: PART,
    },
  });
  // Not every server has key management; what it is asked is enough.
  proxy.breaks(({ method }) => (method === 'PUT' ? { answer: { status: 200, code: 'None' } } : undefined));
  proxy.seen.length = 0;
  await sink.putObject('t/a.manifest.json', Buffer.from('{}'));
  const file = await sink.createFile(NAME);
  await file.write(Buffer.from('shard'));
  await file.finish();
  const sent = (end: string) =>
    proxy.seen.find(({ method, url }) => method === 'PUT' && url.split('?')[0]!.endsWith(end))!.headers;
  const encrypted = {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  };
  const digest = (text: string) => createHash('sha256').update(text).digest();
  expect(sent('.tar.zst')).toMatchObject({
    ...encrypted,
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-checksum-sha256': digest('shard').toString('base64'),
    'x-amz-content-sha256': digest('shard').toString('hex'),
  });
  expect(sent('.manifest.json')).toMatchObject({
    ...encrypted,
    'x-amz-meta-tidemark-sha256': digest('{}').toString('hex'),
  });
  expect(sent('.manifest.json')).not.toHaveProperty('x-amz-storage-class');
});

test('a damaged shard that is too large for one copy is set aside in parts', async () => {
  const content = randomBytes(2 * PART + 3);
  const sink = openSink(bucket.url({ prefix: 'aside' }));
  const file = await sink.createFile(NAME);
  await file.write(content);
  await file.finish();
  await setAside(openedBucket('aside'), NAME, { wholeBytesMax: PART, partBytes: PART });
  const [copy] = (await collect(sink.list('t/'))).filter((name) => name !== NAME);
  expect(copy).toMatch(/\.tar\.zst\.damaged-[0-9a-f]{8}$/);
  const read = await sink.readRange(copy!, { offset: 0, length: content.length });
  expect(read.equals(content)).toBe(true);
  expect(await sink.size(copy!)).toBe(content.length);
});
