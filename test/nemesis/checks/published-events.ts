import { readCommitted } from '../../support/java-consumer.ts';

export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** What Kafka's own consumer reads of a topic of events, committed transactions only. */
export async function publishedEvents(options: {
  readonly brokers: readonly string[];
  readonly topic: string;
}): Promise<PublishedEvent[]> {
  return (await readCommitted(options)).map((line) => JSON.parse(line) as PublishedEvent);
}
