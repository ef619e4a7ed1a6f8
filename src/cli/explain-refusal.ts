import { TidemarkError } from '../base/errors.ts';

/** What brokers refuse for good, by the name that Kafka's protocol gives it; waiting does not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  INVALID_SESSION_TIMEOUT:
    'Set archive.sessionTimeout between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers (6 s and 30 min unless changed).',
  TOPIC_AUTHORIZATION_FAILED:
    'Allow this user to read and write the topics of the archive, and to describe their configuration.',
  GROUP_AUTHORIZATION_FAILED: 'Allow this user to read the consumer groups of the archive (`<name>-…`).',
  CLUSTER_AUTHORIZATION_FAILED:
    'Allow this user idempotent writes, and to create topics for `tidemark init`.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    'Allow this user to write and describe the transactional ids of the archive (`<name>-…`).',
  SASL_AUTHENTICATION_FAILED: 'Correct the user and the password for Kafka.',
};

/** What Postgres refuses for good, by SQLSTATE or its class. */
const SQL_REFUSALS: Readonly<Record<string, string>> = {
  '28': 'Correct the user and the password in postgres.url.',
  '3D': 'Correct the database in postgres.url, or make it.',
  '42501': 'Grant the right, as deploy/sql/roles.sql does; `tidemark check` names each that is missing.',
};

/**
 * Gives what a server refused its place in the catalogue, or a better remedy than the catalogue's; anything else
 * comes back as it is.
 *
 * @returns TidemarkError ERR_PREREQUISITE for what stands in the tables above.
 */
export function explainRefusal(error: unknown): unknown {
  if (error instanceof TidemarkError) return withSqlRemedy(error);
  for (let step = error; step instanceof Error; step = step.cause) {
    const type = (step as { type?: unknown }).type;
    if (typeof type !== 'string' || !Object.hasOwn(REFUSALS, type)) continue;
    const detail = `the brokers refuse: ${step.message} (${type})`;
    return new TidemarkError('ERR_PREREQUISITE', { detail, remedy: REFUSALS[type]!, cause: error });
  }
  return error;
}

function withSqlRemedy(error: TidemarkError): TidemarkError {
  const state = (error.cause as { code?: unknown } | undefined)?.code;
  if (error.code !== 'ERR_PREREQUISITE' || typeof state !== 'string') return error;
  const remedy = SQL_REFUSALS[state] ?? SQL_REFUSALS[state.slice(0, 2)];
  return remedy === undefined
    ? error
    : new TidemarkError(error.code, { detail: error.detail, remedy, cause: error.cause });
}
