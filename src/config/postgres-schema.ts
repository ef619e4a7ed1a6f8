import * as z from 'zod';
import { parsePostgresAddress, PASSWORD_FILE_PARAMETER } from '../base/postgres-address.ts';
import { passwordFile } from './security-schema.ts';

const NO_PARAMETER = `${PASSWORD_FILE_PARAMETER} is no parameter: say postgres.passwordFile`;

/** `postgres` of the configuration. */
export const postgresSchema = z
  .strictObject({
    url: z
      .string()
      .superRefine((url, context) => {
        const address = parsePostgresAddress(url);
        const message =
          'problem' in address ? address.problem : address.passwordFile === null ? null : NO_PARAMETER;
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .describe(
        'Where the tables are. Take the password from the environment, `postgres://tidemark:${PGPASSWORD}@db:5432/app`, or from `passwordFile`. Behind `?`, as libpq has them: `sslmode=verify-full` and `sslrootcert=/path/ca.crt` (or `system`), `sslcert`, `sslkey` and others (docs/security.md).',
      ),
    passwordFile: passwordFile(' of the user'),
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'lower-case letters, digits and _ were expected, at most 63')
      .describe('Replication slot of capture. Default: `name`, with `-` as `_`.')
      .optional(),
    publication: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'lower-case letters, digits and _ were expected, at most 63')
      .describe('Publication that names the tables. Default: `name`, with `-` as `_`.')
      .optional(),
  })
  .describe('The source database.');
