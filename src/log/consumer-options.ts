import type { Kafka } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import type { Place } from './assignment.ts';
import type { PartitionHandler } from './partition-handler.ts';

export interface LogConsumerOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** One member has all partitions, the others stand by. Default: they are shared. */
  readonly isSole?: boolean;
  readonly events: Events;
  readonly createHandler: (place: Place) => PartitionHandler;
}
