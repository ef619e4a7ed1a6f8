import { refusalHeard } from './hidden-refusals.ts';

/** What brokers refuse for good, by the name that Kafka's protocol gives it; waiting does not help. */
export const KAFKA_REFUSALS: Readonly<Record<string, string>> = {
  INVALID_SESSION_TIMEOUT:
    'Set archive.sessionTimeout between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers (6 s and 30 min unless changed).',
  TOPIC_AUTHORIZATION_FAILED:
    'Allow this user to read and write the topics of the archive, and to describe their configuration, as deploy/kafka/acls.sh does.',
  GROUP_AUTHORIZATION_FAILED:
    'Allow this user to read the consumer groups of the archive (`<name>-…`), as deploy/kafka/acls.sh does.',
  CLUSTER_AUTHORIZATION_FAILED:
    'Allow this user idempotent writes, and to create topics for `tidemark init`, as deploy/kafka/acls.sh does.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    'Allow this user to write and describe the transactional ids of the archive (`<name>-…`), as deploy/kafka/acls.sh does.',
  SASL_AUTHENTICATION_FAILED:
    'Correct kafka.sasl: user, password and mechanism must be those of the brokers.',
};

/** KafkaJS has no name of the protocol for a login that failed, only a class. */
const LOGIN_FAILED = 'KafkaJSSASLAuthenticationError';

/** @returns the protocol's name of a refusal that stands in the table above. */
export function refusalOf(step: object): string | undefined {
  const { name, type } = step as { name?: unknown; type?: unknown };
  if (name === LOGIN_FAILED) return 'SASL_AUTHENTICATION_FAILED';
  if (name === 'KafkaJSGroupCoordinatorNotFound') return refusalHeard();
  return typeof type === 'string' && Object.hasOwn(KAFKA_REFUSALS, type) ? type : undefined;
}
