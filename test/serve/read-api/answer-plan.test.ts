import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planAnswer } from '../../../src/serve/read-api/answer-plan.ts';
import { readRange } from '../../../src/serve/read-api/byte-range.ts';
import { formatHttpDate, readHttpDate } from '../../../src/serve/read-api/http-date.ts';
import { runs } from '../../support/fuzz-runs.ts';

const TAG = '"sha256:aa"';
const MODIFIED = 784_111_777;
const ON_TIME = 'Sun, 06 Nov 1994 08:49:37 GMT';
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT';
const file = { etag: TAG, modifiedSeconds: MODIFIED, sizeBytes: 10 };

const part = (from: number, to: number) => ({ status: 206, span: { from, to } });

describe('the answer to a request for a file', () => {
  test.each([
    [{}, { status: 200 }],
    [{ 'if-match': TAG }, { status: 200 }],
    [{ 'if-match': `"x", ${TAG}` }, { status: 200 }],
    [{ 'if-match': '*' }, { status: 200 }],
    [{ 'if-match': '"x"' }, { status: 412 }],
    [{ 'if-match': `W/${TAG}` }, { status: 412 }],
    [{ 'if-match': TAG, 'if-unmodified-since': EARLIER }, { status: 200 }],
    [{ 'if-unmodified-since': EARLIER }, { status: 412 }],
    [{ 'if-unmodified-since': ON_TIME }, { status: 200 }],
    [{ 'if-unmodified-since': 'yesterday' }, { status: 200 }],
    [{ 'if-none-match': TAG }, { status: 304 }],
    [{ 'if-none-match': `W/${TAG}` }, { status: 304 }],
    [{ 'if-none-match': '*' }, { status: 304 }],
    [{ 'if-none-match': '"x"', 'if-modified-since': ON_TIME }, { status: 200 }],
    [{ 'if-modified-since': ON_TIME }, { status: 304 }],
    [{ 'if-modified-since': EARLIER }, { status: 200 }],
    [{ 'if-match': '"x"', 'if-none-match': TAG }, { status: 412 }],
    [{ range: 'bytes=2-4' }, part(2, 5)],
    [{ range: 'bytes=2-4', 'if-none-match': TAG }, { status: 304 }],
    [{ range: 'bytes=2-4', 'if-range': TAG }, part(2, 5)],
    [{ range: 'bytes=2-4', 'if-range': `W/${TAG}` }, { status: 200 }],
    [{ range: 'bytes=2-4', 'if-range': '"x"' }, { status: 200 }],
    [{ range: 'bytes=2-4', 'if-range': ON_TIME }, part(2, 5)],
    [{ range: 'bytes=2-4', 'if-range': EARLIER }, { status: 200 }],
    [{ range: 'bytes=10-' }, { status: 416 }],
    [{ range: 'bytes=10-', 'if-range': '"x"' }, { status: 200 }],
  ])('with %j is %j', (headers, plan) => {
    expect(planAnswer('GET', headers, file)).toEqual(plan);
  });

  test('to HEAD knows no range', () => {
    expect(planAnswer('HEAD', { range: 'bytes=10-' }, file)).toEqual({ status: 200 });
  });
});

describe('a range', () => {
  test.each([
    ['bytes=0-0', { from: 0, to: 1 }],
    ['BYTES=0-', { from: 0, to: 10 }],
    ['bytes=9-99999999999999999999', { from: 9, to: 10 }],
    ['bytes=-3', { from: 7, to: 10 }],
    ['bytes=-99', { from: 0, to: 10 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=10-11', 'unsatisfiable'],
    ['bytes=, 1-2 ,', { from: 1, to: 3 }],
    ['bytes=4-3', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes=1x-2', 'whole'],
    ['bytes=', 'whole'],
    ['rows=0-1', 'whole'],
    [undefined, 'whole'],
  ])('%s of ten bytes is %j', (header, span) => {
    expect(readRange(header, 10)).toEqual(span);
  });

  test('of a file without a byte is never a part', () => {
    expect([readRange('bytes=-5', 0), readRange('bytes=0-', 0)]).toEqual(['whole', 'unsatisfiable']);
  });

  test('lies within the file, whatever is asked', () => {
    const header = fc.oneof(
      fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => `bytes=${a}-${b}`),
      fc.nat(40).map((a) => `bytes=-${a}`),
      fc.string().map((text) => `bytes=${text}`),
      fc.string(),
    );
    fc.assert(
      fc.property(header, fc.nat(30), (text, size) => {
        const span = readRange(text, size);
        if (typeof span === 'string') return;
        expect(span.from).toBeGreaterThanOrEqual(0);
        expect(span.from).toBeLessThan(span.to);
        expect(span.to).toBeLessThanOrEqual(size);
      }),
      runs(500),
    );
  });
});

test('a date of HTTP is read in its three forms, wherever the machine stands', () => {
  const forms = [ON_TIME, 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'];
  expect(forms.map(readHttpDate)).toEqual([MODIFIED, MODIFIED, MODIFIED]);
  expect(formatHttpDate(MODIFIED)).toBe(ON_TIME);
  expect(
    ['', '784111777', '1994-11-06T08:49:37Z', 'Sun, 06 Nov 1994 25:49:37 GMT'].map(readHttpDate),
  ).toEqual([undefined, undefined, undefined, undefined]);
});
