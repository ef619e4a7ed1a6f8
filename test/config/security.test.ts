import { describe, expect, it } from 'vitest';
import { parsePostgresAddress } from '../../src/base/postgres-address.ts';
import { parseConfig } from '../../src/config/load-config.ts';

function read(given: { postgres?: object; kafka?: object }, env: Record<string, string> = {}) {
  const text = JSON.stringify({
    postgres: { url: 'postgres://u@db/app', ...given.postgres },
    kafka: { brokers: ['k:9093'], ...given.kafka },
    sink: { url: 'file:///a' },
    tables: [{ name: 'public.files', payload: 'row' }],
  });
  return parseConfig({ text, path: 'test', env });
}

describe('the configuration of TLS and logins', () => {
  it('has neither unless asked for', () => {
    expect(read({}).kafka.security).toEqual({ tls: null, sasl: null });
  });

  it('takes the authorities of the system for `ssl: {}`, and a password from a file', () => {
    const sasl = { mechanism: 'scram-sha-512', username: 'u', passwordFile: '/run/secrets/k' };
    expect(read({ kafka: { ssl: {}, sasl } }).kafka.security).toEqual({
      tls: { ca: 'system', cert: null, key: null, keyPasswordFile: null, servername: null },
      sasl: { ...sasl, password: null },
    });
    const { url } = read({ postgres: { passwordFile: '/run/secrets/p' } }).postgres;
    expect(parsePostgresAddress(url)).toMatchObject({ password: null, passwordFile: '/run/secrets/p' });
  });

  it('goes by the variables of libpq where the URL says nothing', () => {
    const env = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca' };
    const tls = (url: string) => parsePostgresAddress(read({ postgres: { url } }, env).postgres.url);
    expect(tls('postgres://db/app')).toMatchObject({ tls: { mode: 'verify-full', rootCert: '/ca' } });
    expect(tls('postgres://db/app?sslmode=disable')).toMatchObject({ tls: null });
    expect(() => read({}, { PGSSLMODE: 'prefer' })).toThrow(/postgres.url.*whoever answers/);
  });

  it.each([
    [{ postgres: { url: 'postgres://u:secret@db/app', passwordFile: '/p' } }, /has a password already/],
    [{ postgres: { url: 'postgres://db/app?pwfile=/p' } }, /say postgres.passwordFile/],
    [{ kafka: { ssl: { certFile: '/c' } } }, /certFile and keyFile belong together/],
    [{ kafka: { ssl: { keyPasswordFile: '/c' } } }, /needs keyFile/],
    [{ kafka: { sasl: { mechanism: 'scram-sha-256', username: 'u' } } }, /either password or passwordFile/],
    [{ kafka: { sasl: { mechanism: 'plain', username: 'u', password: 'pass' } } }, /it needs kafka.ssl/],
    [{ kafka: { sasl: { mechanism: 'gssapi', username: 'u', password: 'pass' } } }, /one of plain/],
  ])('refuses %j', (given, problem) => {
    expect(() => read(given)).toThrow(problem);
  });
});
