import { expect, test } from 'vitest';
import { parseS3Address } from '../../../src/base/s3-address.ts';
import { deleteFile } from '../../../src/sinks/cleanup/disposal.ts';
import type { S3Proxy } from '../../support/s3-proxy.ts';
import type { SeenRequest } from '../../support/s3-proxy.ts';
import type { FreshBucket } from '../../support/services/fresh-bucket.ts';
import { useProxiedBucket } from '../../support/services/proxied-bucket.ts';
import { createCleaningRig } from './cleaning-rig.ts';
import type { CleanOptions } from './cleaning-rig.ts';

let bucket: FreshBucket;
let proxy: S3Proxy;

useProxiedBucket((opened) => ({ bucket, proxy } = opened));

const url = (prefix: string) => bucket.url({ prefix, endpoint: proxy.endpoint });

async function put(key: string, content: string): Promise<string> {
  await bucket.admin.putObject({ Bucket: bucket.name, Key: key, Body: content });
  return `s3://${bucket.name}/${key}`;
}

async function keysLeft(): Promise<string[]> {
  const { Contents } = await bucket.admin.listObjectsV2({ Bucket: bucket.name });
  return (Contents ?? []).map(({ Key }) => Key!);
}

const sent = (method: string, key: string) => (seen: SeenRequest) =>
  seen.method === method && seen.url.includes(`/${key}`);

test('objects that a shard holds are deleted, when they still are what was archived and stay it', async () => {
  const rig = createCleaningRig();
  const names = ['same', 'changed', 'gone', 'racing', 'late', 'forbidden'];
  const rows = [];
  for (const name of names)
    rows.push({ ...rig.row(name, name), fileLocation: await put(`in/${name}`, name) });
  rows.push(
    { ...rows[0]!, uid: 'twice' },
    { ...rig.row('spared', 'x'), fileLocation: await put('kept/x', 'x') },
  );
  const roots = [url('in'), url('kept'), rig.root];
  const sealed = await rig.seal([...rows, rig.row('file', 'file')], { roots });
  await put('in/changed', 'CHANGED'.slice(0, 'changed'.length));
  await bucket.admin.deleteObject({ Bucket: bucket.name, Key: 'in/gone' });
  const prefixes = { sourceRoots: roots, cleanupRoots: [url('in')] };

  const looked = await rig.clean(sealed, { prefixes, disposal: null });
  expect(looked).toMatchObject({ removedFiles: 6, missingFiles: 1, kept: { file_changed: 1 } });
  expect(await keysLeft()).toEqual([
    'in/changed',
    'in/forbidden',
    'in/late',
    'in/racing',
    'in/same',
    'kept/x',
  ]);

  // One is replaced after it was read, one after it was looked at again, and one may not be removed yet.
  const told: string[] = [];
  const onFailing: CleanOptions['onFailing'] = (trouble) => {
    told.push(trouble);
    proxy.breaks(() => undefined);
    return Promise.resolve();
  };
  const replaced = (key: string) => ({ hold: put(key, 'other').then(() => undefined) });
  proxy.breaks((seen) => {
    if (sent('HEAD', 'in/racing')(seen)) return replaced('in/racing');
    if (sent('DELETE', 'in/late')(seen)) return replaced('in/late');
    return sent('DELETE', 'in/forbidden')(seen)
      ? { answer: { status: 403, code: 'AccessDenied' } }
      : undefined;
  });
  const tally = await rig.clean(sealed, { prefixes, disposal: deleteFile, onFailing });
  expect(told).toEqual([expect.stringMatching(/^1 files of .* cannot be removed: AccessDenied$/)]);
  expect(tally).toMatchObject({ removedFiles: 3, missingFiles: 2 });
  expect(tally.kept).toEqual({ file_changed: 3, file_outside_roots: 1 });
  expect(await keysLeft()).toEqual(['in/changed', 'in/late', 'in/racing', 'kept/x']);
  // The file of the last row, and none of those that only stand where an object was archived from.
  expect(rig.left()).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  const removals = proxy.seen.filter(({ method }) => method === 'DELETE');
  expect(removals.every(({ headers }) => headers['if-match'] !== undefined)).toBe(true);
});

test('objects are moved once: a copy that a run before has left is taken, another content is not overwritten', async () => {
  const rig = createCleaningRig();
  const rows = [];
  for (const name of ['plain', 'taken', 'half moved', 'changing'])
    rows.push({ ...rig.row(name, name), fileLocation: await put(`from/${name}+%`, name) });
  const roots = [url('from'), rig.root];
  const sealed = await rig.seal(rows, { roots });
  await put('to/t/taken+%', 'other');
  await put('to/t/half moved+%', 'half moved');
  proxy.seen.length = 0;
  // Replaced after it was read, before it is copied.
  proxy.breaks(({ headers }) =>
    headers['x-amz-copy-source']?.includes('changing') === true
      ? { hold: put('from/changing+%', 'other').then(() => undefined) }
      : undefined,
  );
  const address = parseS3Address(url('to'));
  if ('problem' in address) throw new Error(address.problem);
  const prefixes = { sourceRoots: roots, cleanupRoots: [url('from')] };
  const tally = await rig.clean(sealed, {
    ...{ prefixes, disposal: deleteFile, moveObjectsTo: { address, table: 't' } },
  });
  expect(tally).toMatchObject({ removedFiles: 3, missingFiles: 0, kept: { file_changed: 1 } });
  expect((await keysLeft()).filter((key) => /^(from|to)/.test(key))).toEqual([
    'from/changing+%',
    'to/t/half moved+%',
    'to/t/plain+%',
    'to/t/taken+%',
    expect.stringMatching(/^to\/t\/taken\+%~[0-9a-f]{16}$/),
  ]);
  const moved = await bucket.admin.getObject({ Bucket: bucket.name, Key: 'to/t/plain+%' });
  expect(await moved.Body!.transformToString()).toBe('plain');
  const copies = proxy.seen.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined);
  expect(copies.map(({ headers }) => headers['x-amz-copy-source']).sort()).toEqual(
    ['changing', 'plain', 'taken'].map((name) => `${bucket.name}/from/${name}%2B%25`),
  );
});
