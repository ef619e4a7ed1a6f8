import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectRoots } from '../../src/cli/inspect-roots.ts';
import { inspectRemoval } from '../../src/sinks/s3/source-requirements.ts';
import { REPOSITORY } from '../support/repository.ts';
import type { S3Proxy } from '../support/s3-proxy.ts';
import type { SeenRequest } from '../support/s3-proxy.ts';
import type { FreshBucket } from '../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../support/services/proxied-bucket.ts';

let bucket: FreshBucket;
let proxy: S3Proxy;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));

function inspect(...roots: string[]) {
  const source = { roots, requestsMax: 1 };
  return inspectRoots({ tables: [{ id: 'public.files', source }] });
}

const root = () => bucket.url({ prefix: 'in', endpoint: proxy.endpoint });
const isListing = ({ url }: SeenRequest) => url.includes('list-type=2');

test('a prefix that can be read stands beside a folder, although nothing is there yet', async () => {
  expect(await inspect(tmpdir(), root())).toMatchObject([
    { name: `source.public.files.${tmpdir()}`, ok: true },
    { name: `source.public.files.${root()}`, ok: true },
  ]);
});

test.each<[string, (seen: SeenRequest) => boolean, string]>([
  ['list', () => true, 's3:ListBucket on arn:aws:s3:::'],
  ['read', (seen) => !isListing(seen), 's3:GetObject on arn:aws:s3:::'],
])('the right to %s that is missing is named, and the policy has it', async (_, kind, right) => {
  proxy.breaks((seen) => (kind(seen) ? { answer: { status: 403, code: 'AccessDenied' } } : undefined));
  const [found] = await inspect(root());
  expect(found).toMatchObject({ name: `source.public.files.${root()}`, ok: false });
  expect(found!.remedy).toContain(right);
  const policy = readFileSync(join(REPOSITORY, 'deploy/s3-source-policy.json'), 'utf8');
  for (const action of found!.remedy!.match(/s3:\w+/g) ?? []) expect(policy).toContain(`"${action}"`);
});

test('a bucket that is missing is no fault that passes, a server that is away or slow is one', async () => {
  const [missing] = await inspect(root().replace(bucket.name, 'tidemark-test-nowhere'));
  expect(missing).toMatchObject({ ok: false });
  expect(missing!.name).toMatch(/^source\.public/);
  expect(missing!.remedy).toContain('correct source.roots: aws s3api create-bucket');
  const away = bucket.url({ endpoint: 'http://127.0.0.1:9' });
  expect(await inspect(away)).toMatchObject([{ name: `source.available.public.files.${away}`, ok: false }]);
});

test('the right to remove objects is asked for only where the clean-up removes them', async () => {
  const about = { url: root(), name: 'cleanup.root' };
  expect(await inspectRemoval(about)).toMatchObject({ name: 'cleanup.root', ok: true });
  proxy.breaks(({ method }) =>
    method === 'DELETE' ? { answer: { status: 403, code: 'AccessDenied' } } : undefined,
  );
  const found = await inspectRemoval(about);
  expect(found.remedy).toContain('allow s3:DeleteObject on arn:aws:s3:::');
  expect(readFileSync(join(REPOSITORY, 'deploy/s3-cleanup-policy.json'), 'utf8')).toContain(
    's3:DeleteObject',
  );
  expect(await inspect(root())).toMatchObject([{ ok: true }]);
});

test('keys that the server does not take are said to be that', async () => {
  const secret = process.env['AWS_SECRET_ACCESS_KEY'];
  process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
  try {
    const [found] = await inspect(root());
    expect(found).toMatchObject({ name: `source.public.files.${root()}`, ok: false });
    expect(found!.detail).toContain('SignatureDoesNotMatch');
    expect(found!.remedy).toContain('AWS_ACCESS_KEY_ID');
  } finally {
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
  }
});
