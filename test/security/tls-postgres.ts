import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import pg from 'pg';
import { startLocalPostgres } from '../support/services/local-postgres.ts';
import type { LocalPostgres } from '../support/services/local-postgres.ts';
import { serverOwner } from '../support/services/server-owner.ts';
import { Authority } from './certificates.ts';
import type { KeyPair } from './certificates.ts';

/** What pg_hba.conf asks, by user: `plain` may come without TLS, `badge` must show a certificate of its own. */
const HBA = `
host    all plain    127.0.0.1/32 scram-sha-256
hostssl all badge    127.0.0.1/32 scram-sha-256 clientcert=verify-full
host    all postgres 127.0.0.1/32 scram-sha-256
hostssl all all      127.0.0.1/32 scram-sha-256
hostssl replication all 127.0.0.1/32 scram-sha-256
`;

/** A Postgres with TLS, whose certificate a test may change. */
export class TlsPostgres {
  readonly folder: string;
  readonly authority: Authority;
  readonly server: LocalPostgres;

  private constructor(parts: { folder: string; authority: Authority; server: LocalPostgres }) {
    this.folder = parts.folder;
    this.authority = parts.authority;
    this.server = parts.server;
  }

  static async start(): Promise<TlsPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-tls-'));
    const authority = new Authority(join(folder, 'made'), 'authority');
    const owner = serverOwner();
    if (owner !== null) chownSync(folder, owner.uid, owner.gid);
    place(folder, authority.issue({ name: 'localhost', names: GOOD }));
    copyFileSync(authority.cert, join(folder, 'clients.crt'));
    writeFileSync(join(folder, 'hba.conf'), HBA);
    const server = await startLocalPostgres({
      settings: {
        ssl: 'on',
        ssl_cert_file: join(folder, 'server.crt'),
        ssl_key_file: join(folder, 'server.key'),
        ssl_ca_file: join(folder, 'clients.crt'),
        hba_file: join(folder, 'hba.conf'),
      },
    });
    return new TlsPostgres({ folder, authority, server });
  }

  /** @param parameters behind `?`; `host` and `user` instead of localhost and the superuser. */
  url(
    parameters: Record<string, string>,
    {
      host = 'localhost',
      user = 'postgres',
      password = 'tidemark',
    }: { host?: string; user?: string; password?: string } = {},
  ): string {
    const url = new URL(this.server.url);
    [url.hostname, url.username, url.password] = [host, user, password];
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /** New connections see this certificate from now on, as when one is renewed, or has ended. */
  async present(pair: KeyPair): Promise<void> {
    place(this.folder, pair);
    await this.sql('SELECT pg_reload_conf()');
    // The postmaster reads the files a moment later.
    const wanted = new X509Certificate(readFileSync(pair.cert)).fingerprint256;
    while ((await this.#presented()) !== wanted);
  }

  async sql(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.server.url, ssl: false });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @returns the fingerprint of the certificate that a new connection sees. */
  async #presented(): Promise<string | undefined> {
    const client = new pg.Client({
      connectionString: this.server.url,
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    const { connection } = client as unknown as { connection: { stream: TLSSocket } };
    const shown = connection.stream.getPeerX509Certificate()?.fingerprint256;
    await client.end();
    return shown;
  }
}

/** What the server's own certificate must be good for. */
export const GOOD = 'DNS:localhost';

/** Postgres refuses a key that others may read. */
function place(folder: string, { cert, key }: KeyPair): void {
  const owner = serverOwner();
  for (const [from, name] of [
    [cert, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    const path = join(folder, name);
    copyFileSync(from, path);
    chmodSync(path, 0o600);
    if (owner !== null) chownSync(path, owner.uid, owner.gid);
  }
}
