import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, LogEntry } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import { hearRefusal } from './hidden-refusals.ts';
import { saslOptionsOf, socketFactoryOf } from './kafka-security.ts';
import type { KafkaSecurity } from './kafka-security.ts';

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS and login; default: neither. */
  readonly security?: KafkaSecurity;
  readonly events: Events;
  /** How often to try. Default {@link IMPATIENT_RETRIES}: whoever calls has a backoff that can be cut short, or is a person. */
  readonly retries?: number;
  /** How long a broker may take to answer. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Of a program that reaches its brokers in its own way. */
  readonly connection?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
}

/** About two seconds. */
export const IMPATIENT_RETRIES = 5;

/**
 * The one place that makes KafkaJS clients. Retries go on for about two seconds; then the caller decides.
 * KafkaJS's own warnings become `kafka:warned` events instead of lines on the terminal.
 *
 * @throws TidemarkError ERR_CONFIG_INVALID for a configuration without Kafka, with which only the batch path runs.
 */
export function createKafkaClient(options: KafkaClientOptions): Kafka {
  if (options.brokers.length === 0) {
    throw new TidemarkError('ERR_CONFIG_INVALID', {
      detail: 'kafka.brokers names no broker, and this command needs Kafka',
      remedy:
        'Name the brokers, or archive without Kafka: `tidemark init --batch`, then `tidemark run-cycle`.',
    });
  }
  const { security: { tls = null, sasl = null } = {}, connection = {} } = options;
  return new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    // Of the socket alone: certificates and passwords are read again for each connection.
    ...(connection.ssl === undefined ? { socketFactory: socketFactoryOf(tls) } : {}),
    ...(sasl === null ? {} : { sasl: saslOptionsOf(sasl) }),
    connectionTimeout: 5_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry: { initialRetryTime: 50, maxRetryTime: 5_000, retries: options.retries ?? IMPATIENT_RETRIES },
    ...connection,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      hearRefusal({ message: entry.log.message, error: entry.log['error'] });
      if (EXPECTED_WARNINGS.some((pattern) => pattern.test(warningOf(entry)))) return;
      options.events.emit('kafka:warned', { namespace: entry.namespace, message: warningOf(entry) });
    },
  });
}

/** What KafkaJS says in normal operation; an operator could do nothing about it. */
const EXPECTED_WARNINGS = [
  // We give a partition, or the murmur2 default, ourselves.
  /switched default partitioner/,
  // Retries end on purpose: after them the producer is replaced and fenced, which keeps exactly-once.
  /Limiting retries for the idempotent producer/,
  // The coordinator is still writing the markers of the transaction before; KafkaJS tries again.
  /another concurrent operation on the same transaction/,
  // Members come and go.
  /The group is rebalancing/,
];

function warningOf(entry: LogEntry): string {
  const error: unknown = entry.log['error'];
  return typeof error === 'string' ? `${entry.log.message}: ${error}` : entry.log.message;
}
