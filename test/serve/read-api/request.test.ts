import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMicros } from '../../../src/model/micros.ts';
import { isLoopback } from '../../../src/base/loopback.ts';
import { readRequestTime } from '../../../src/serve/read-api/request-time.ts';
import { bearerOf, isKnown, readTokens } from '../../../src/serve/read-api/tokens.ts';
import { UNREADABLE_PATH, routablePath, uidOfSegment } from '../../../src/serve/read-api/uid-path.ts';
import { uidToBytes } from '../../../src/sinks/format/uid-bytes.ts';
import { runs } from '../../support/fuzz-runs.ts';

/** As a client writes a uid in a path: every byte that is no letter or digit percent-encoded. */
function encoded(uid: string): string {
  return [...uidToBytes(uid)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

const segmentOf = (path: string) => path.replace('/v1/files/', '').replace(/\?.*/s, '');

describe('the uid of a path', () => {
  test('comes through whatever it is: slashes, controls, lone surrogates, nothing', () => {
    const uids = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
      fc.constantFrom('', '.', '..', 'a/b', '%2F', '\ud800', '~', '?', '#', 'a b+c'),
    );
    fc.assert(
      fc.property(uids, (uid) => {
        const path = routablePath(`/v1/files/${encoded(uid)}?created_at=x`);
        expect(path).toMatch(/^\/v1\/files\/[~0-9a-f]+\?created_at=x$/);
        expect(uidOfSegment(segmentOf(path))).toBe(uid);
      }),
      runs(300),
    );
  });

  test('is none when its bytes are no text', () => {
    for (const bytes of ['%ff', '%c3', '%ed%a0%bd%ed%b8%80'])
      expect(uidOfSegment(segmentOf(routablePath(`/v1/files/${bytes}`)))).toBeUndefined();
  });

  test('other paths are left alone, and one that no router could read is said to be such', () => {
    expect(routablePath('/v1/tables/a%2Fb/windows?x=%zz')).toBe('/v1/tables/a%2Fb/windows?x=%zz');
    expect(routablePath('/v1/files/a/b')).toBe('/v1/files/a/b');
    for (const path of ['/v1/files/%zz', '/v1/files/%', '/%ff', '/v1/tables/%c3/windows?limit=1'])
      expect(routablePath(path)).toBe(UNREADABLE_PATH);
  });
});

describe('a time of a request', () => {
  test.each([
    ['2026-11-23T05:37:17.123456Z', parseMicros('2026-11-23T05:37:17.123456Z')],
    ['2026-11-23t06:37:17.1234569999999999+01:00', parseMicros('2026-11-23T05:37:17.123456Z')],
    ['2016-12-31T23:59:60Z', parseMicros('2017-01-01T00:00:00Z')],
    ['0001-01-01T00:00:00Z', 'too early'],
    ['1600-02-29T00:00:00Z', 'too early'],
    ['9999-12-31T23:59:59Z', 'too late'],
    ['1500-02-29T00:00:00Z', undefined],
    ['9999-02-30T00:00:00Z', undefined],
    ['2026-11-23', undefined],
    ['2026-11-23 05:37:17Z', undefined],
    ['2026-11-23T05:37:17', undefined],
    ['2026-13-23T05:37:17Z', undefined],
    ['2026-11-23T05:37:17 00:00', undefined],
  ])('%s is %s', (text, time) => {
    expect(readRequestTime(text)).toBe(time);
  });
});

describe('tokens', () => {
  const [ONE, OTHER] = ['a'.repeat(16), 'b-._~+/0123456789=='];

  test('are read one a line, and a line that is none is named by its number alone', () => {
    const tokens = readTokens(`# who\n${ONE}\r\n\n  ${OTHER}  \n`);
    if ('problem' in tokens) throw new Error(tokens.problem);
    expect([ONE, OTHER, `${ONE}a`, 'a', ''].map((token) => isKnown(tokens, token))).toEqual([
      ...[true, true, false, false, false],
    ]);
    expect(readTokens(`${ONE}\nsecret with spaces`)).toEqual({
      problem: 'line 2 has a character that no token may have',
    });
    expect(readTokens('secret')).toEqual({ problem: 'the token in line 1 is shorter than 16 characters' });
    expect(readTokens('# none\n')).toEqual({ problem: 'it holds no token' });
  });

  test('come in the Authorization header, in whatever case its scheme is', () => {
    expect([`Bearer ${ONE}`, `bearer  ${ONE} `].map(bearerOf)).toEqual([ONE, ONE]);
    expect([undefined, '', ONE, `Basic ${ONE}`, `Bearer ${ONE} x`, 'Bearer a,b'].map(bearerOf)).toEqual(
      Array(6).fill(undefined),
    );
  });
});

test('only an address that no other machine can reach is a loopback', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback)).toEqual(Array(4).fill(true));
  expect(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example', ''].map(isLoopback)).toEqual(
    Array(6).fill(false),
  );
});
