import type { KafkaConfig, SASLOptions } from 'kafkajs';

/** How the brokers are reached, in KafkaJS's words. */
export interface SubscriberKafka {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Shown by the brokers. Default `tidemark-client`. */
  readonly clientId?: string;
  /** `true`, or the options of Node's `tls.connect`. */
  readonly ssl?: KafkaConfig['ssl'];
  /** `{ mechanism: 'scram-sha-512', username, password }` and the like. */
  readonly sasl?: SASLOptions;
}

/**
 * Where a stream begins that has no position yet. Later starts go on where it came to.
 *
 * - `now`: behind everything that is announced already.
 * - `beginning`: with the oldest event that Kafka keeps (30 days at least).
 * - `{ time }`: with the first event that was committed at this time or after it.
 * - `{ window }`: with the windows that end after this time, whenever they are told of; nothing of earlier ones comes.
 *
 * Times are ISO 8601 with up to six digits behind the point, or a `Date`.
 */
export type StreamBeginning =
  'now' | 'beginning' | { readonly time: string | Date } | { readonly window: string | Date };

/** What a subscriber follows, and as whom. */
export interface SubscriberOptions {
  readonly kafka: SubscriberKafka;
  /** `name` of the archive's configuration. Default `tidemark`. */
  readonly name?: string;
  /** Whose position is kept: each stream is a consumer group of its own, `<groupId>.shards` and so on. */
  readonly groupId: string;
  /** `schema.name`; all tables when left out. `windows()` and `watermark()` need it. */
  readonly table?: string;
  /** Where a stream begins that has no position yet. */
  readonly from: StreamBeginning;
  /**
   * Where the subscriber itself knows that a stream has come to: the `position` of the last delivery that it has
   * stored, or null when there is none. Asked whenever the stream begins to read; it then decides, not Kafka.
   */
  readonly resumeAfter?: (stream: StreamName) => Promise<string | null> | string | null;
  /** Deliveries of a stream that may be out at once, not done. Default 1: one after the other. */
  readonly unacknowledgedMax?: number;
  /** How soon the group notices that a subscriber has died. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /** What passes by itself: brokers that are away, messages that are no events. Default: a warning of the process. */
  readonly onWarning?: (text: string) => void;
}

/** The streams of a subscriber. */
export type StreamName = 'shards' | 'windows' | 'watermark' | 'rejects';
