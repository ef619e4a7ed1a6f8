import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { followEvents } from '../../src/log/follow-events.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

it('ends at the last message also where no transaction marker stands behind it', async () => {
  const { kafkaBrokers: brokers } = await services();
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  const topic = uniqueName('plain');
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1 }] });
  const send = (partition: number, ids: readonly string[]) =>
    producer.send({ topic, messages: ids.map((id) => ({ partition, value: JSON.stringify({ id }) })) });
  await send(0, ['a', 'b']);
  await send(1, ['c']);
  const seen: string[] = [];
  await followEvents({
    ...{ brokers, clientId: 'test', topic, from: { last: 10 }, untilIdle: true, events: new Events() },
    signal: new AbortController().signal,
    onEvent: (json) => seen.push((JSON.parse(json) as { id: string }).id),
  });
  expect(seen.sort()).toEqual(['a', 'b', 'c']);
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});
