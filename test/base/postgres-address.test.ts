import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePostgresAddress } from '../../src/base/postgres-address.ts';

describe('an address of Postgres', () => {
  it('is read as libpq reads it', () => {
    expect(parsePostgresAddress('postgresql://u%40x:p%2F%25@[::1]:6432/my%20db?options=-c%20a%3Db')).toEqual({
      ...{ host: '::1', port: 6432, user: 'u@x', password: 'p/%', passwordFile: null, database: 'my db' },
      ...{ options: '-c a=b', tls: null },
    });
    expect(parsePostgresAddress('postgres:///app?host=/run/pg&user=me&sslmode=verify-full')).toMatchObject({
      ...{ host: '/run/pg', user: 'me', password: null, database: 'app', tls: null },
    });
  });

  it.each([
    ['sslmode=disable', null],
    ['sslmode=require', { mode: 'require', rootCert: null }],
    ['sslmode=verify-ca&sslrootcert=/ca', { mode: 'verify-ca', rootCert: '/ca' }],
    ['sslrootcert=system', { mode: 'verify-full', rootCert: 'system' }],
    ['sslmode=require&sslcert=/c&sslkey=/k&sslpassword=x', { cert: '/c', key: '/k', keyPassword: 'x' }],
    ['channel_binding=prefer&gssencmode=disable&uselibpqcompat=true', null],
  ])('with %s is encrypted in that way', (parameters, tls) => {
    const address = parsePostgresAddress(`postgres://h/d?${parameters}`);
    expect(address).toMatchObject({ host: 'h', tls });
  });

  it.each([
    ['sslmode=prefer', /whoever answers/],
    ['sslmode=no-verify', /called require/],
    ['sslmode=verify', /must be disable/],
    ['ssl=true', /no parameter of libpq/],
    ['sslmode=require&sslrootcert=system', /needs sslmode=verify-full/],
    ['sslmode=verify-full&sslcert=/c', /belong together/],
    ['sslrootcrt=/ca', /unknown parameter sslrootcrt; known here/],
    ['sslmode=require&sslmode=disable', /twice/],
    ['sslnegotiation=direct', /needs sslmode/],
    ['channel_binding=require', /can only be/],
  ])('with %s is refused', (parameters, problem) => {
    const address = parsePostgresAddress(`postgres://h/d?${parameters}`);
    expect(address).toMatchObject({ problem: expect.stringMatching(problem) as string });
  });

  it('gives back whatever password was escaped, and one that was not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        const url = `postgres://u:${encodeURIComponent(password)}@h/d`;
        expect(parsePostgresAddress(url)).toMatchObject({ password });
      }),
    );
    expect(parsePostgresAddress('postgres://u:50% off@h/d')).toMatchObject({ password: '50% off' });
  });
});
