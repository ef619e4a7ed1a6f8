import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { withAdmin } from '../../src/log/with-admin.ts';
import { services } from '../support/services/services.ts';

async function failing(error: Error): Promise<unknown> {
  const { kafkaBrokers } = await services();
  const kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'test', events: new Events() });
  return withAdmin(kafka, () => Promise.reject(error)).catch((caught: unknown) => caught);
}

test('a broker that goes away in the middle of a question is unreachable, not an unforeseen failure', async () => {
  const closed = new kafkajs.KafkaJSConnectionError('Closed connection');
  expect(await failing(closed)).toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE', cause: closed });
});

test('what the broker refuses stays what it is', async () => {
  const refused = new kafkajs.KafkaJSNonRetriableError('refused');
  expect(await failing(refused)).toBe(refused);
});
