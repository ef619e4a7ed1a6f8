import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory, SASLOptions } from 'kafkajs';
import { readSecretFile } from '../base/secret-file.ts';
import { secureContextOf } from '../base/tls-files.ts';

export interface KafkaTls {
  /** A file of certificates, or `system`. */
  readonly ca: string;
  readonly cert: string | null;
  readonly key: string | null;
  readonly keyPasswordFile: string | null;
  /** The name that every broker's certificate must have; null: the one by which it is reached. */
  readonly servername: string | null;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string | null;
  /** Instead of the password: read at each login. */
  readonly passwordFile: string | null;
}

/** How brokers are spoken to; null is without. */
export interface KafkaSecurity {
  readonly tls: KafkaTls | null;
  readonly sasl: KafkaSasl | null;
}

const KEEP_ALIVE_AFTER_MS = 60_000;

/** Sockets of KafkaJS, whose certificates are looked at anew for each. */
export function socketFactoryOf(tls: KafkaTls | null): ISocketFactory {
  return ({ onConnect, ...place }) => openSocket(tls, place, onConnect);
}

/** @throws TidemarkError ERR_SECRET_FILE. */
export function openSocket(
  tls: KafkaTls | null,
  { host, port }: { readonly host: string; readonly port: number },
  onConnect?: () => void,
): Socket {
  const socket =
    tls === null
      ? connectTcp({ host, port }, onConnect)
      : connectTls({ host, port, ...tlsOptionsOf(tls, host) }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
}

/** There is no way to leave the broker unverified (docs/decisions/0146-kafka-is-always-verified.md). */
function tlsOptionsOf(
  { ca, cert, key, keyPasswordFile, servername }: KafkaTls,
  host: string,
): ConnectionOptions {
  const keyPassword = keyPasswordFile === null ? null : readSecretFile(keyPasswordFile);
  const name = servername ?? (isIP(host) === 0 ? host : null);
  return {
    secureContext: secureContextOf({ ca, cert, key, keyPassword, crl: null }),
    ...(name === null ? {} : { servername: name }),
  };
}

/** KafkaJS asks for the password at each login. */
export function saslOptionsOf({ mechanism, username, password, passwordFile }: KafkaSasl): SASLOptions {
  return {
    mechanism,
    username,
    get password() {
      return passwordFile === null ? (password ?? '') : readSecretFile(passwordFile);
    },
  };
}
