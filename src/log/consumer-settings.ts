import kafkajs from 'kafkajs';
import type { ConsumerConfig } from 'kafkajs';
import { soleAssigner, stickyAssigner } from './sticky-assigner.ts';
import type { Holding } from './sticky-assigner.ts';

/** How KafkaJS is a member of the archive group. */
export function consumerSettings(options: {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** One member has all partitions, the others stand by. */
  readonly isSole?: boolean;
  readonly holding: () => Holding;
  /** Asked when KafkaJS has given up trying. */
  readonly mayStartAgain: () => Promise<boolean>;
}): ConsumerConfig {
  return {
    groupId: options.groupId,
    // The second is for a group in which a member of an older version is still there.
    partitionAssigners:
      options.isSole === true
        ? [soleAssigner(options.holding)]
        : [stickyAssigner(options.holding), kafkajs.PartitionAssigners.roundRobin],
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
      maxRetryTime: 2_000,
      retries: 5,
      restartOnFailure: options.mayStartAgain,
    },
  };
}
