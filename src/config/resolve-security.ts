import { PASSWORD_FILE_PARAMETER } from '../base/postgres-address.ts';
import type { Config } from './config.ts';
import type { KafkaSaslFile, KafkaSslFile } from './security-schema.ts';

/** The URL with all that a connection needs to know: the stages are given nothing else. */
export function resolvePostgresUrl(postgres: {
  readonly url: string;
  readonly passwordFile?: string | undefined;
}): string {
  if (postgres.passwordFile === undefined) return postgres.url;
  const url = new URL(postgres.url);
  url.searchParams.set(PASSWORD_FILE_PARAMETER, postgres.passwordFile);
  return url.href;
}

export function resolveKafkaSecurity(kafka: {
  readonly ssl?: KafkaSslFile;
  readonly sasl?: KafkaSaslFile;
}): Config['kafka']['security'] {
  const { ssl, sasl } = kafka;
  return {
    tls:
      ssl === undefined
        ? null
        : {
            ca: ssl.caFile,
            cert: ssl.certFile ?? null,
            key: ssl.keyFile ?? null,
            keyPasswordFile: ssl.keyPasswordFile ?? null,
            servername: ssl.servername ?? null,
          },
    sasl:
      sasl === undefined
        ? null
        : {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: sasl.password ?? null,
            passwordFile: sasl.passwordFile ?? null,
          },
  };
}
