import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectArchivePlace } from '../../src/cli/inspect-sink.ts';
import { S3_DEFAULTS } from '../../src/sinks/s3/s3-options.ts';
import { REPOSITORY } from '../support/repository.ts';
import type { S3Proxy } from '../support/s3-proxy.ts';
import type { Fault, SeenRequest } from '../support/s3-proxy.ts';
import type { FreshBucket } from '../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../support/services/proxied-bucket.ts';

let bucket: FreshBucket;
let proxy: S3Proxy;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));

const inspect = (url: string) => inspectArchivePlace({ url, s3: S3_DEFAULTS });
const inspected = () => inspect(bucket.url({ prefix: 'archive', endpoint: proxy.endpoint }));

/** Answers requests of a kind as a server does whose policy forbids them. */
function forbid(kind: (request: SeenRequest) => boolean, fault: Fault = DENIED): void {
  proxy.breaks((request) => (kind(request) ? fault : undefined));
}
const DENIED = { answer: { status: 403, code: 'AccessDenied' } };

test('a bucket that can be listed, written and read, in parts too, is all that is needed', async () => {
  const found = await inspected();
  expect(found.map(({ name, ok }) => [name, ok])).toEqual([
    ['sink.bucket', true],
    ['sink.writable', true],
    ['sink.readable', true],
    ['sink.uploads', true],
    ['sink.conditional-writes', true],
  ]);
  const { Uploads } = await bucket.admin.listMultipartUploads({ Bucket: bucket.name });
  expect(Uploads ?? []).toEqual([]);
});

const isListing = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('list-type=2');
const isWriting = ({ method, url }: SeenRequest) => method === 'PUT' && !url.includes('partNumber');
const isReading = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('/.tidemark-tmp/');
const isUploads = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('uploads');
const isAborting = ({ method }: SeenRequest) => method === 'DELETE';

test.each([
  ['listing', isListing, 'sink.bucket', 's3:ListBucket on arn:aws:s3:::'],
  ['writing', isWriting, 'sink.writable', 's3:PutObject on arn:aws:s3:::'],
  ['reading', isReading, 'sink.readable', 's3:GetObject on arn:aws:s3:::'],
  ['finding uploads', isUploads, 'sink.uploads', 's3:ListBucketMultipartUploads'],
  ['aborting uploads', isAborting, 'sink.uploads', 's3:AbortMultipartUpload'],
])(
  '%s that is forbidden is named with the right that it takes, which the policy has',
  async (_, kind, name, right) => {
    forbid(kind);
    const failing = (await inspected()).filter(({ ok }) => !ok);
    expect(failing.map((requirement) => requirement.name)).toEqual([name]);
    expect(failing[0]!.remedy).toContain(right);
    const policy = readFileSync(join(REPOSITORY, 'deploy/s3-policy.json'), 'utf8');
    for (const action of failing[0]!.remedy!.match(/s3:\w+/g) ?? []) expect(policy).toContain(`"${action}"`);
  },
);

test('a bucket that is missing is no fault that passes, a server that is away or slow is one', async () => {
  const missing = await inspect(bucket.url().replace(bucket.name, 'tidemark-test-nowhere'));
  expect(missing).toMatchObject([{ name: 'sink.bucket', ok: false }]);
  expect(missing[0]!.remedy).toContain(
    'aws s3api create-bucket --bucket tidemark-test-nowhere --endpoint-url',
  );
  forbid(() => true, { answer: { status: 503, code: 'SlowDown' } });
  expect(await inspected()).toMatchObject([{ name: 'sink.available', ok: false }]);
  expect(await inspect(bucket.url({ endpoint: 'http://127.0.0.1:9' }))).toMatchObject([
    { name: 'sink.available', ok: false },
  ]);
});

test('a store that does not keep conditional writes is a warning', async () => {
  forbid(({ headers }) => headers['if-none-match'] !== undefined, {
    answer: { status: 501, code: 'NotImplemented' },
  });
  const last = (await inspected()).at(-1)!;
  expect(last).toMatchObject({ name: 'sink.conditional-writes', ok: false, severity: 'warning' });
  expect(last.remedy).toContain('docs/storage.md');
});
