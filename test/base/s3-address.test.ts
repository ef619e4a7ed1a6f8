import { expect, test } from 'vitest';
import { parseS3Address } from '../../src/base/s3-address.ts';

test('an address names bucket, prefix and server', () => {
  expect(parseS3Address('s3://archive/a/b%20c/?region=eu-central-1')).toEqual({
    bucket: 'archive',
    prefix: 'a/b c/',
    endpoint: null,
    region: 'eu-central-1',
    usesPathStyle: false,
  });
  expect(parseS3Address('s3://archive')).toMatchObject({ prefix: '', region: null });
  expect(parseS3Address('s3://archive/?endpoint=http://127.0.0.1:9000')).toMatchObject({
    endpoint: 'http://127.0.0.1:9000',
    usesPathStyle: true,
  });
  expect(parseS3Address('s3://archive/?endpoint=https://r2.example&pathStyle=false')).toMatchObject({
    usesPathStyle: false,
  });
});

test.each([
  ['s3://Archive/', 'lower case'],
  ['s3://archive:9000/', 'was expected'],
  ['s3://archive/a//b', 'segment'],
  ['s3://archive/a%2f..%2fb', 'segment'],
  ['s3://archive/%ff', 'segment'],
  ['s3://archive/?endpint=http://x', 'unknown parameter endpint; known here: endpoint, region, pathStyle'],
  ['s3://archive/?region=a&region=b', 'twice'],
  ['s3://archive/?endpoint=archive.example:9000', 'endpoint must be'],
  ['s3://archive/?endpoint=http://user:hidden@x', 'endpoint must be'],
  ['s3://archive/?region=Frankfurt!', 'region must be'],
  ['s3://archive/?pathStyle=yes', 'pathStyle must be'],
  ['s3://AKIA:hidden@archive/', 'credentials do not belong'],
  ['not an address', 'was expected'],
])('%s is no address, and what is wrong with it is said without a secret', (text, problem) => {
  const parsed = parseS3Address(text);
  expect(parsed).toMatchObject({ problem: expect.stringContaining(problem) as string });
  expect(JSON.stringify(parsed)).not.toContain('hidden');
});
