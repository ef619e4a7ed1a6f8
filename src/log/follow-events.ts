import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import { withAdmin } from './with-admin.ts';
import { RecentEvents } from './recent-events.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './kafka-client.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { requireTopic } from './require-topic.ts';
import { readOffsetsSince, readTopicOffsets, tailOf } from './topic-offsets.ts';
import { TopicScanner } from './topic-scanner.ts';

export interface FollowEventsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity;
  readonly topic: string;
  /** Where to begin: after everything that is there now, at a time, or that many messages before the end. */
  readonly from: 'now' | { readonly time: Micros } | { readonly last: number };
  /** True ends at what was there when it began; false goes on until the signal. */
  readonly untilIdle: boolean;
  /** The JSON text of one CloudEvent. */
  readonly onEvent: (json: string) => void;
  readonly signal: AbortSignal;
  readonly events: Events;
}

/**
 * Follows a topic of CloudEvents, committed transactions only, in the order of each partition.
 *
 * @throws TidemarkError ERR_TOPIC_INVALID, ERR_KAFKA_UNREACHABLE.
 */
export async function followEvents(options: FollowEventsOptions): Promise<void> {
  const { topic, from } = options;
  const kafka = createKafkaClient({ ...options, retries: IMPATIENT_RETRIES });
  await withAdmin(kafka, async (admin) => {
    await requireTopic(admin, topic);
    const offsets = await readTopicOffsets(admin, topic);
    const begin =
      from === 'now'
        ? offsets.end
        : 'time' in from
          ? await readOffsetsSince({ admin, topic, time: from.time })
          : tailOf(offsets, from.last);
    const scanner = await TopicScanner.open({ kafka, admin, topic, purpose: `${topic}-reader` });
    const recent = new RecentEvents();
    try {
      await scanner.scan({
        from: begin,
        until: options.untilIdle ? offsets.end : new Map(),
        signal: options.signal,
        visit: ({ value }) => {
          const json = value?.toString('utf8');
          if (json !== undefined && recent.isNew(json)) options.onEvent(json);
          return true;
        },
      });
    } finally {
      await scanner.close();
    }
  });
}
