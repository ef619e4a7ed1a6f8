import { TidemarkError } from '../base/errors.ts';
import { knownFailure } from '../log/kafka-failure.ts';

/** What Postgres refuses for good, by SQLSTATE or its class. */
const SQL_REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'Correct the user and the password in postgres.url, or postgres.passwordFile.',
  '28000':
    'See what pg_hba.conf asks of this user, database and address: a line `hostssl` needs sslmode=require or more in postgres.url, one with clientcert needs sslcert and sslkey; and see that the role may LOGIN.',
  '28': 'Correct the user and the password in postgres.url.',
  '3D': 'Correct the database in postgres.url, or make it.',
  '42501': 'Grant the right, as deploy/sql/roles.sql does; `tidemark check` names each that is missing.',
};

/**
 * Gives what a server refused its place in the catalogue, or a better remedy than the catalogue's; anything else
 * comes back as it is.
 *
 * @returns TidemarkError for what is known of Kafka (ERR_PREREQUISITE, ERR_TLS_REFUSED) and stands in the table above.
 */
export function explainRefusal(error: unknown): unknown {
  if (error instanceof TidemarkError) return withSqlRemedy(error);
  return knownFailure('', error) ?? error;
}

function withSqlRemedy(error: TidemarkError): TidemarkError {
  const state = (error.cause as { code?: unknown } | undefined)?.code;
  if (error.code !== 'ERR_PREREQUISITE' || typeof state !== 'string') return error;
  const remedy = SQL_REFUSALS[state] ?? SQL_REFUSALS[state.slice(0, 2)];
  return remedy === undefined
    ? error
    : new TidemarkError(error.code, { detail: error.detail, remedy, cause: error.cause });
}
