import * as z from 'zod';

const path = (text: string) => z.string().min(1).describe(text);

/** A file that holds nothing but a secret. */
export const passwordFile = (of: string) =>
  path(
    `File with the password${of}, alone on one line, instead of writing it here. It is read at each connection, so a new password needs no restart.`,
  ).optional();

export const kafkaSsl = z
  .strictObject({
    caFile: path(
      'Certificate of the authority that signed those of the brokers (PEM), or `system` for the authorities that the operating system believes.',
    ).prefault('system'),
    certFile: path('Client certificate (PEM), where the brokers ask for one.').optional(),
    keyFile: path('Its private key (PEM).').optional(),
    keyPasswordFile: passwordFile(' of the key'),
    servername: z
      .string()
      .min(1)
      .describe(
        'Name that every broker’s certificate must have, when it is not the one by which the broker is reached.',
      )
      .optional(),
  })
  .describe(
    'TLS to the brokers; `ssl: {}` takes the authorities of the system. Without it nothing is encrypted. Certificate and name are always verified, and the files read again for each connection.',
  )
  .optional();

export const kafkaSasl = z
  .strictObject({
    mechanism: z
      .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
      .describe(
        'How the brokers let users in; `plain` only with `kafka.ssl`, for it sends the password itself.',
      ),
    username: z.string().min(1).describe('The user.'),
    password: z
      .string()
      .min(1)
      .describe('Its password, from the environment: `${KAFKA_PASSWORD}`; or else `passwordFile`.')
      .optional(),
    passwordFile: passwordFile(''),
  })
  .describe('Login at the brokers.')
  .optional();

export type KafkaSslFile = z.output<typeof kafkaSsl>;
export type KafkaSaslFile = z.output<typeof kafkaSasl>;
