import { Kafka, logLevel } from 'kafkajs';
import type { LogEntry } from 'kafkajs';
import type { Events } from '../base/event-map.ts';

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly events: Events;
}

/**
 * The one place that makes KafkaJS clients. Retries go on for about a minute; then the caller decides.
 * KafkaJS's own warnings become `kafka:warned` events instead of lines on the terminal.
 */
export function createKafkaClient(options: KafkaClientOptions): Kafka {
  return new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 50, maxRetryTime: 5_000, retries: 15 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      options.events.emit('kafka:warned', { namespace: entry.namespace, message: warningOf(entry) });
    },
  });
}

function warningOf(entry: LogEntry): string {
  const error: unknown = entry.log['error'];
  return typeof error === 'string' ? `${entry.log.message}: ${error}` : entry.log.message;
}
