import { createPrivateKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { parsePostgresAddress } from '../base/postgres-address.ts';
import { readSecretFile, readSettingFile, unusable } from '../base/secret-file.ts';
import { readCertificates, SYSTEM } from '../base/tls-files.ts';
import type { Config } from '../config/config.ts';
import type { Requirement } from '../model/requirement.ts';

interface NamedFile {
  readonly path: string;
  readonly holds: 'password' | 'key' | 'certificates';
}

/** The files that the configuration takes passwords, keys and certificates from, each of them once. */
export function inspectSecrets(config: Config): Requirement[] {
  const files = new Map(filesOf(config).map((file) => [file.path, file]));
  return [...files.values()].map(inspectFile);
}

function filesOf({ postgres, kafka }: Config): NamedFile[] {
  const address = parsePostgresAddress(postgres.url);
  const { passwordFile = null, tls = null } = 'problem' in address ? {} : address;
  const { tls: kafkaTls, sasl } = kafka.security;
  const wanted: [string | null | undefined, NamedFile['holds']][] = [
    [passwordFile, 'password'],
    [tls?.rootCert, 'certificates'],
    [tls?.cert, 'certificates'],
    [tls?.key, 'key'],
    [sasl?.passwordFile, 'password'],
    [kafkaTls?.ca, 'certificates'],
    [kafkaTls?.cert, 'certificates'],
    [kafkaTls?.key, 'key'],
    [kafkaTls?.keyPasswordFile, 'password'],
  ];
  return wanted.flatMap(([path, holds]) =>
    path === null || path === undefined || path === SYSTEM ? [] : [{ path, holds }],
  );
}

function inspectFile(file: NamedFile): Requirement {
  const name = `secret.${file.path}`;
  try {
    const detail = lookInto(file);
    if (file.holds === 'certificates' || !isOpen(file.path))
      return { name, ok: true, severity: 'error', detail, remedy: null };
    return {
      ...{ name, ok: false, severity: 'warning' },
      detail: `${detail}, which other users of this machine can read`,
      remedy: `chmod 600 ${file.path}; for a secret of Kubernetes: defaultMode: 0440 and fsGroup`,
    };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return { name, ok: false, severity: 'error', detail: error.detail, remedy: error.remedy };
  }
}

/** @throws TidemarkError ERR_SECRET_FILE. */
function lookInto({ path, holds }: NamedFile): string {
  if (holds === 'password') {
    readSecretFile(path);
    return 'a password';
  }
  if (holds === 'key') {
    requireKey(path);
    return 'a private key';
  }
  const ends = readCertificates(path).map(({ validTo }) => new Date(validTo).getTime());
  const first = Math.min(...ends);
  const day = new Date(first).toISOString().slice(0, 10);
  // Of a bundle of authorities some may be old; it is the server's own that must not be.
  if (ends.length === 1 && first < Date.now()) throw unusable(path, `has a certificate that ended on ${day}`);
  return ends.length === 1 ? `a certificate, until ${day}` : `${ends.length} certificates`;
}

function requireKey(path: string): void {
  const text = readSettingFile(path).toString('latin1');
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) return;
  try {
    createPrivateKey(text);
  } catch (cause) {
    throw unusable(path, `has no private key that can be read: ${messageOf(cause)}`, cause);
  }
}

/** As libpq has it: of its own user nobody else may read it, and of root the group at most. */
function isOpen(path: string): boolean {
  const { mode, uid } = statSync(path);
  return (mode & (uid === 0 ? 0o007 : 0o077)) !== 0;
}
