import { X509Certificate } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { messageOf } from './errors.ts';
import { readSettingFile, unusable } from './secret-file.ts';

/** The files of one end of a connection. */
export interface TlsFiles {
  /** Whom to believe: a file of certificates, or {@link SYSTEM}. Null when nobody is asked who he is. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly keyPassword: string | null;
  readonly crl: string | null;
}

/** The roots that the operating system believes, as libpq calls them. */
export const SYSTEM = 'system';

/** Where the distributions keep them; SSL_CERT_FILE has the first word, as with OpenSSL. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Alpine
  '/etc/pki/tls/certs/ca-bundle.crt', // Red Hat
  '/etc/ssl/ca-bundle.pem', // SUSE
  '/etc/ssl/cert.pem', // macOS, BSD
];

/** Parsing the system's roots takes longer than the handshake, and each partition has connections of its own. */
const made = new Map<string, { readonly state: string; readonly context: SecureContext }>();

/**
 * What the files say now: they are looked at for each connection, so that a renewed certificate needs no restart.
 *
 * @throws TidemarkError ERR_SECRET_FILE naming the file.
 */
export function secureContextOf(files: TlsFiles): SecureContext {
  const name = JSON.stringify(files);
  const state = stateOf(files);
  const known = made.get(name);
  if (known?.state === state) return known.context;
  const context = makeContext(files);
  made.set(name, { state, context });
  return context;
}

/**
 * The certificates of a file.
 *
 * @throws TidemarkError ERR_SECRET_FILE when it has none, or one that cannot be read.
 */
export function readCertificates(path: string): X509Certificate[] {
  const text = readSettingFile(path).toString('latin1');
  const blocks = text.match(
    /-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]+-----END (TRUSTED )?CERTIFICATE-----/g,
  );
  if (blocks === null) throw unusable(path, 'has no certificate in it (PEM was expected)');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw unusable(path, `has a certificate that cannot be read: ${messageOf(cause)}`, cause);
  }
}

function makeContext({ ca, cert, key, keyPassword, crl }: TlsFiles): SecureContext {
  const roots = ca === null ? undefined : ca === SYSTEM ? systemRoots() : readCertificates(ca).map(String);
  if (cert !== null) readCertificates(cert);
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(roots === undefined ? {} : { ca: [...roots] }),
      ...(cert === null ? {} : { cert: readSettingFile(cert) }),
      ...(key === null ? {} : { key: readSettingFile(key) }),
      ...(keyPassword === null ? {} : { passphrase: keyPassword }),
      ...(crl === null ? {} : { crl: readSettingFile(crl) }),
    });
  } catch (cause) {
    throw unusable(
      [cert, key, crl].filter((path) => path !== null).join(', '),
      `cannot be used: ${messageOf(cause)}`,
      cause,
    );
  }
}

/** Without a bundle of the system's, as in a container that has next to nothing: the roots that Node brings. */
function systemRoots(): readonly string[] {
  const given = process.env['SSL_CERT_FILE'];
  const bundle = [...(given === undefined ? [] : [given]), ...SYSTEM_BUNDLES].find((path) =>
    existsSync(path),
  );
  return bundle === undefined ? rootCertificates : [readSettingFile(bundle).toString('latin1')];
}

function stateOf({ ca, cert, key, crl }: TlsFiles): string {
  return [ca === SYSTEM ? null : ca, cert, key, crl]
    .map((path) => {
      const found = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
      return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    })
    .join(',');
}
