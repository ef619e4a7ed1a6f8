import { entry } from './catalogue-entry.ts';

/** What encryption and secrets may come to: a part of the catalogue. */
export const SECURITY_ERRORS = {
  ERR_SECRET_FILE: entry(
    'A file with a password, a key or certificates that the configuration names is missing, empty or not what it must be.',
    true,
    'Write the named file (PEM for keys and certificates; a password alone on one line) and let this user read it. It is read at each connection: a running command goes on by itself.',
  ),
  ERR_TLS_REFUSED: entry(
    'No encrypted connection to Postgres or Kafka came about: a certificate has expired, is for another name or from an unknown authority, or one side speaks TLS and the other does not.',
    true,
    'Mend the certificate, or the configuration of TLS (docs/security.md); `tidemark check` says which it is. A running command goes on by itself once it is mended.',
  ),
} as const;
