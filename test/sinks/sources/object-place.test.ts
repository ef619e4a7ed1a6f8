import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseS3Address } from '../../../src/base/s3-address.ts';
import type { S3Address } from '../../../src/base/s3-address.ts';
import { isObjectLocation, objectPlace } from '../../../src/sinks/pack/object-place.ts';
import { openSource } from '../../../src/sinks/pack/source-file.ts';
import { resolveRoots } from '../../../src/sinks/pack/roots.ts';
import { SEED } from '../../support/seed.ts';

function roots(...urls: string[]): S3Address[] {
  return urls.map((url) => {
    const address = parseS3Address(url);
    if ('problem' in address) throw new Error(address.problem);
    return address;
  });
}

const ROOTS = roots('s3://one/in/put/', 's3://two', 's3://one/50%25%20%C3%BC?endpoint=http://127.0.0.1:9000');

describe('a location', () => {
  test.each([
    ['s3://one/in/put/a', 0, 'in/put/a'],
    ['s3://two/a', 1, 'a'],
    ['s3://two//a', 1, '/a'],
    ['s3://one/50% ü/a?b#c%20d', 2, '50% ü/a?b#c%20d'],
    ['s3://one/in/put/...', 0, 'in/put/...'],
  ])('%s is a key, literally, below the root that allows it', (location, root, key) => {
    expect(objectPlace(location, ROOTS)).toEqual({ root, key });
  });

  test.each([
    's3://one/in/putter/a',
    's3://one/in',
    's3://one/IN/put/a',
    's3://one/50%25%20%C3%BC/a',
    's3://One/in/put/a',
    's3://one',
    's3://',
    's3://two/',
    's3://three/in/put/a',
    's3://one/in/put/../../a',
    's3://one/in/put/./a',
    's3://one/in/put/a/..',
    's3://one:80/in/put/a',
    's3://key@one/in/put/a',
    's3://two.s3.amazonaws.com/a',
  ])('%s leads out of the roots', (location) => {
    expect(objectPlace(location, ROOTS)).toMatchObject({ reason: 'file_outside_roots' });
  });

  test.each([
    [`s3://two/${'ü'.repeat(513)}`, 'file_missing'],
    ['s3://two/a\0b', 'file_missing'],
    ['s3://two/a\ud800', 'file_missing'],
    ['s3://two/folder/', 'file_not_regular'],
  ])('that can be no key, such as %j, is %s', (location, reason) => {
    expect(objectPlace(location, ROOTS)).toMatchObject({ reason });
  });

  test('with a scheme is never a path below the only folder', () => {
    expect(isObjectLocation('s3:/a')).toBe(false);
    expect(openSource('s3://one/in/put/a', ['/'])).toMatchObject({ reason: 'file_outside_roots' });
  });
});

test('whatever a row says, what is read lies below the prefix of the root that is taken', () => {
  const segment = fc.oneof(
    fc.constantFrom('in', 'put', '..', '.', '', '%2e%2e', '50% ü', 'one', '\\..', '?', '#'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const location = fc
    .tuple(fc.constantFrom('one/in/put', 'one', 'two', 'three', ''), fc.array(segment, { maxLength: 6 }))
    .map(([start, segments]) => ['s3:/', start, ...segments].join('/'));
  fc.assert(
    fc.property(location, (text) => {
      const place = objectPlace(text, ROOTS);
      if ('reason' in place) return;
      const { bucket, prefix } = ROOTS[place.root]!;
      expect(text).toBe(`s3://${bucket}/${place.key}`);
      expect(place.key.startsWith(prefix)).toBe(true);
      // However somebody on the way resolves it, it stays below.
      const path = new URL(`http://host/${encodeURI(place.key)}`).pathname;
      expect(path.startsWith(`/${encodeURI(prefix)}`)).toBe(true);
    }),
    { seed: SEED },
  );
});

test('folders and buckets among the roots are told apart, and a folder that is missing is waited for', async () => {
  const found = await resolveRoots(['/tmp', 's3://one/a', '/', 's3://two/b?region=eu-central-1']);
  expect(found.paths).toEqual(['/tmp', '/']);
  expect(found.buckets.map(({ bucket, prefix, region }) => [bucket, prefix, region])).toEqual([
    ['one', 'a/', null],
    ['two', 'b/', 'eu-central-1'],
  ]);
  await expect(resolveRoots(['s3://one', '/nowhere'])).rejects.toMatchObject({
    code: 'ERR_SOURCE_UNAVAILABLE',
  });
});
