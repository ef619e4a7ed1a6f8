import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one certificate. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** An authority that exists for one test, with what it signs; made by openssl. */
export class Authority {
  /** Its own certificate. */
  readonly cert: string;
  readonly #folder: string;
  readonly #key: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    [this.cert, this.#key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-subj', `/CN=${name}`, '-keyout', this.#key, '-out', this.cert],
    );
  }

  /** @param wanted.names such as `DNS:localhost,IP:127.0.0.1`; `days` of its life, −1 for one that has ended. */
  issue(wanted: { readonly name: string; readonly names?: string; readonly days?: number }): KeyPair {
    const { name, names, days = 30 } = wanted;
    const file = (ending: string): string => join(this.#folder, `${name}.${ending}`);
    openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`],
      ...['-keyout', file('key'), '-out', file('csr')],
    );
    writeFileSync(file('ext'), names === undefined ? '' : `subjectAltName=${names}\n`);
    openssl(
      ...['x509', '-req', '-in', file('csr'), '-CA', this.cert, '-CAkey', this.#key, '-CAcreateserial'],
      ...['-days', String(days), '-extfile', file('ext'), '-out', file('crt')],
    );
    chmodSync(file('key'), 0o600);
    return { cert: file('crt'), key: file('key') };
  }
}

/** Key and certificate in one file, as Kafka takes them. */
export function joined({ cert, key }: KeyPair, path: string): string {
  writeFileSync(path, `${readFileSync(key, 'utf8')}${readFileSync(cert, 'utf8')}`);
  return path;
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
