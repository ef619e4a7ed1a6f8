import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { withSession } from '../../src/capture/postgres-session.ts';
import { inspectPostgresTls } from '../../src/capture/tls-requirements.ts';
import { explainRefusal } from '../../src/cli/explain-refusal.ts';
import { inspectSecrets } from '../../src/cli/inspect-secrets.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { ArchivedUntilRows } from '../../src/watermark/archived-until-row.ts';
import { SharedLocks } from '../../src/watermark/shared-locks.ts';
import { withPostgres } from '../../src/watermark/postgres-connection.ts';
import { Authority } from './certificates.ts';
import { GOOD, TlsPostgres } from './tls-postgres.ts';

let postgres: TlsPostgres;
let stranger: Authority;

beforeAll(async () => {
  postgres = await TlsPostgres.start();
  stranger = new Authority(join(postgres.folder, 'stranger'), 'stranger');
  await postgres.sql(`CREATE ROLE plain LOGIN PASSWORD 'tidemark'; CREATE ROLE badge LOGIN PASSWORD 'tidemark';
    CREATE ROLE crypt LOGIN PASSWORD 'tidemark'`);
});

afterAll(() => postgres.stop());

const ENCRYPTED = 'SELECT ssl::text AS ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

/** By which of the two ways of the stages the connection is made, and whether it is encrypted. */
const ways = {
  capture: (url: string) =>
    withSession(
      { url, purpose: 'test' },
      async (client) => (await client.query<{ ssl: string }>(ENCRYPTED)).rows[0]!.ssl,
    ),
  archive: (url: string) =>
    withPostgres(
      { url, applicationName: 'test' },
      async (client) => (await client.query<{ ssl: string }>(ENCRYPTED)).rows[0]!.ssl,
    ),
};

/** `true` encrypted, `false` not, or the code of the refusal. */
async function outcomes(url: string): Promise<unknown[]> {
  const ends = await Promise.allSettled([ways.capture(url), ways.archive(url)]);
  return ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as { code: string }).code));
}

const both = (outcome: string): string[] => [outcome, outcome];

describe('sslmode', () => {
  it.each([
    ['disable', 'own', 'localhost', 'false'],
    ['require', 'none', 'localhost', 'true'],
    // As with libpq: whoever names roots wants them to be looked at.
    ['require', 'own', 'localhost', 'true'],
    ['require', 'stranger', 'localhost', 'ERR_TLS_REFUSED'],
    ['verify-ca', 'own', 'localhost', 'true'],
    // The certificate is for localhost.
    ['verify-ca', 'own', '127.0.0.1', 'true'],
    ['verify-ca', 'stranger', 'localhost', 'ERR_TLS_REFUSED'],
    ['verify-ca', 'none', 'localhost', 'ERR_SECRET_FILE'],
    ['verify-full', 'own', 'localhost', 'true'],
    ['verify-full', 'own', '127.0.0.1', 'ERR_TLS_REFUSED'],
    ['verify-full', 'stranger', 'localhost', 'ERR_TLS_REFUSED'],
    ['verify-full', 'system', 'localhost', 'ERR_TLS_REFUSED'],
  ])('%s with roots: %s, at %s → %s', async (sslmode, roots, host, outcome) => {
    const rootCert = { own: postgres.authority.cert, stranger: stranger.cert, system: 'system', none: '' }[
      roots
    ]!;
    const url = postgres.url(
      { sslmode, ...(rootCert === '' ? {} : { sslrootcert: rootCert }) },
      { host, user: sslmode === 'disable' ? 'plain' : 'crypt' },
    );
    expect(await outcomes(url)).toEqual(both(outcome));
  });

  it('with TLS from the first byte works as well', async () => {
    const url = postgres.url({
      ...{ sslmode: 'verify-full', sslrootcert: postgres.authority.cert, sslnegotiation: 'direct' },
    });
    expect(await outcomes(url)).toEqual(both('true'));
  });
});

describe('a user who must show a certificate', () => {
  const trusted = () => ({ sslmode: 'verify-full', sslrootcert: postgres.authority.cert });

  it('comes in with it', async () => {
    const { cert, key } = postgres.authority.issue({ name: 'badge' });
    const url = postgres.url({ ...trusted(), sslcert: cert, sslkey: key }, { user: 'badge' });
    expect(await outcomes(url)).toEqual(both('true'));
  });

  it('is told what is missing without it, or with one that the server does not know', async () => {
    const bare = postgres.url(trusted(), { user: 'badge' });
    expect(await outcomes(bare)).toEqual(both('ERR_PREREQUISITE'));
    const error = explainRefusal(await ways.capture(bare).catch((cause: unknown) => cause));
    expect((error as { remedy: string }).remedy).toContain('clientcert needs sslcert');
    const { cert, key } = stranger.issue({ name: 'badge' });
    const foreign = postgres.url({ ...trusted(), sslcert: cert, sslkey: key }, { user: 'badge' });
    expect(await outcomes(foreign)).toEqual(both('ERR_TLS_REFUSED'));
  });
});

describe('what is refused', () => {
  it('says what mends it: a line hostssl asks for sslmode', async () => {
    const url = postgres.url({ sslmode: 'disable' }, { user: 'crypt' });
    const error = explainRefusal(await ways.capture(url).catch((cause: unknown) => cause));
    expect(error).toMatchObject({
      code: 'ERR_PREREQUISITE',
      remedy: expect.stringContaining('hostssl') as string,
    });
  });

  it('is the password, when it is wrong', async () => {
    const url = postgres.url({ sslmode: 'require' }, { user: 'crypt', password: 'wrong' });
    const error = explainRefusal(await ways.archive(url).catch((cause: unknown) => cause));
    expect(error).toMatchObject({
      code: 'ERR_PREREQUISITE',
      remedy: expect.stringContaining('passwordFile') as string,
    });
  });
});

describe('while commands run', () => {
  it('a password that was changed counts from the next connection on, and the row’s connection too', async () => {
    const file = join(postgres.folder, 'password');
    writeFileSync(file, 'tidemark\n', { mode: 0o600 });
    const config = parseConfig({ text: configText({ passwordFile: file }), path: 'test', env: {} });
    const rows = new ArchivedUntilRows({ ...config.postgres, applicationName: 'test', events: new Events() });
    expect(await outcomes(config.postgres.url)).toEqual(both('true'));
    await expect(rows.read({ table: 'public.files', id: null })).rejects.toThrow(/des_archive_config/);
    await postgres.sql(`ALTER ROLE crypt PASSWORD 'rotated'`);
    expect(await outcomes(config.postgres.url)).toEqual(both('ERR_PREREQUISITE'));
    await expect(rows.read({ table: 'public.files', id: null })).rejects.toThrow(/password/);
    writeFileSync(file, 'rotated\n');
    expect(await outcomes(config.postgres.url)).toEqual(both('true'));
    await expect(rows.read({ table: 'public.files', id: null })).rejects.toThrow(/des_archive_config/);
    await rows.close();
    await postgres.sql(`ALTER ROLE crypt PASSWORD 'tidemark'`);
  });

  it('a certificate that ends, and one for another name, are told by name', async () => {
    const url = postgres.url({ sslmode: 'verify-full', sslrootcert: postgres.authority.cert });
    await postgres.present(postgres.authority.issue({ name: 'ended', names: GOOD, days: -1 }));
    await expect(ways.capture(url)).rejects.toThrow(/certificate of the server has expired/);
    const events = new Events();
    const told = new Promise<string>((resolve) => {
      events.on('lock:waiting', ({ reason }) => resolve(reason));
    });
    const locks = new SharedLocks({ url, applicationName: 'test', tables: ['public.files'], events });
    await locks.open();
    expect(await told).toMatch(/ERR_TLS_REFUSED.*has expired/);
    await locks.close();
    await postgres.present(postgres.authority.issue({ name: 'elsewhere', names: 'DNS:elsewhere' }));
    await expect(ways.archive(url)).rejects.toThrow(/is for another name/);
    await postgres.present(postgres.authority.issue({ name: 'localhost', names: GOOD, days: 3 }));
    expect(await inspectPostgresTls(url)).toMatchObject([
      { name: 'postgres.tls', ok: false, severity: 'warning', remedy: 'renew the certificate of the server' },
    ]);
  });
});

describe('the files of secrets', () => {
  it('are looked at by check: what is in them, and who can read them', () => {
    const file = join(postgres.folder, 'open-password');
    writeFileSync(file, 'tidemark\n');
    chmodSync(file, 0o644);
    const inspect = () =>
      inspectSecrets(parseConfig({ text: configText({ passwordFile: file }), path: 'test', env: {} }));
    expect(inspect()).toMatchObject([
      {
        name: `secret.${file}`,
        ok: false,
        severity: 'warning',
        remedy: expect.stringContaining('chmod 600') as string,
      },
      { name: `secret.${postgres.authority.cert}`, ok: true },
    ]);
    writeFileSync(file, '');
    expect(inspect()[0]).toMatchObject({ ok: false, severity: 'error', detail: `${file} is empty` });
    const other = join(postgres.folder, 'no-certificate');
    copyFileSync(file, other);
    expect(() => inspectSecretsOf(other)).not.toThrow();
    expect(inspectSecretsOf(other)[0]!.detail).toContain('has no certificate in it');
  });
});

function inspectSecretsOf(rootCert: string) {
  const url = postgres.url({ sslmode: 'verify-full', sslrootcert: rootCert });
  return inspectSecrets(parseConfig({ text: configText({ url }), path: 'test', env: {} }));
}

function configText(given: { passwordFile?: string; url?: string }): string {
  const url = postgres.url(
    { sslmode: 'verify-full', sslrootcert: postgres.authority.cert },
    { user: 'crypt', password: '' },
  );
  return JSON.stringify({
    postgres: { url, ...given },
    sink: { url: 'file:///archive' },
    tables: [{ name: 'public.files', payload: 'row' }],
  });
}
