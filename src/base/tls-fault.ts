import { messageOf } from './errors.ts';

/** What went wrong while a connection was being encrypted, and what mends it. */
export interface TlsFault {
  readonly detail: string;
  readonly remedy: string;
}

interface Rule {
  /** Of Node and OpenSSL; or words, where Node and `pg` have no code. */
  readonly code: RegExp;
  readonly says: string;
  readonly remedy: string;
}

const RULES: readonly Rule[] = [
  {
    code: /^CERT_HAS_EXPIRED$/,
    says: 'the certificate of the server has expired',
    remedy: 'Renew the certificate of the server; running commands go on by themselves then.',
  },
  {
    code: /^CERT_NOT_YET_VALID$/,
    says: 'the certificate of the server is not valid yet',
    remedy: 'Compare the clocks of both machines, and the dates of the certificate.',
  },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    says: 'the certificate of the server is for another name',
    remedy:
      'Connect by a name that stands in the certificate, or give it that name (subjectAltName; for Kafka also kafka.ssl.servername).',
  },
  {
    code: /^(CERT_REVOKED|UNABLE_TO_GET_CRL|CRL_HAS_EXPIRED)$/,
    says: 'the certificate of the server is revoked, or its list of revocations cannot be used',
    remedy: 'Renew the certificate, or the list that sslcrl names.',
  },
  {
    code: /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA|CERT_CHAIN_TOO_LONG)/,
    says: 'the certificate of the server is not from an authority that is believed here',
    remedy:
      'Name the certificate of its authority: sslrootcert in postgres.url, kafka.ssl.caFile. If that is right, somebody else answers at this address.',
  },
  {
    code: /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE)|certificate required/,
    says: 'the server does not accept our certificate, or wants one',
    remedy:
      'Give a client certificate that the server believes: sslcert and sslkey in postgres.url, kafka.ssl.certFile and keyFile.',
  },
  {
    code: /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$|before secure TLS connection/,
    says: 'the server does not speak TLS at this port, or hangs up on it',
    remedy: 'Name the port with TLS, or take TLS out of the configuration.',
  },
  {
    code: /The server does not support SSL connections|error establishing an SSL connection/,
    says: 'the server does not have TLS switched on',
    remedy: 'Switch it on (ssl = on in postgresql.conf), or say sslmode=disable in postgres.url.',
  },
  {
    code: /^(ERR_SSL_|ERR_TLS_|EPROTO$)/,
    says: 'the TLS handshake failed',
    remedy: 'Compare the versions and ciphers of TLS that both sides allow (1.2 at least).',
  },
];

/** Recognises what Node, OpenSSL and `pg` say of a failed TLS connection; undefined for anything else. */
export function tlsFaultOf(error: unknown): TlsFault | undefined {
  if (error instanceof AggregateError)
    return error.errors.map(tlsFaultOf).find((fault) => fault !== undefined);
  const code = (error as { code?: unknown } | null)?.code;
  const message = messageOf(error);
  const rule = RULES.find(
    ({ code: pattern }) => (typeof code === 'string' && pattern.test(code)) || pattern.test(message),
  );
  return rule === undefined ? undefined : { detail: `${rule.says} (${message})`, remedy: rule.remedy };
}
