import type { ConsumerConfig } from 'kafkajs';

/** How KafkaJS is a member of the archive group. */
export function consumerSettings(options: {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}): ConsumerConfig {
  return {
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: Math.min(3_000, Math.floor(options.sessionTimeoutMs / 4)),
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 1_048_576,
    maxBytes: 16_777_216,
    readUncommitted: false,
    // A crash that KafkaJS calls retriable restarts the consumer by itself, for as long as it takes.
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 5_000,
      retries: 10,
      restartOnFailure: () => Promise.resolve(true),
    },
  };
}
