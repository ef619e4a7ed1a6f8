import { expect, test } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { sendAgain } from '../../src/log/send-again.ts';
import { micros } from '../../src/model/micros.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

const VALUE_BYTES = 600_000;

test('records that are too large for one batch together are sent again all the same', async () => {
  const { kafkaBrokers } = await services();
  const kafka = createKafkaClient({ brokers: kafkaBrokers, clientId: 'test', events: new Events() });
  const topic = uniqueName('rows');
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const records = ['a', 'b', 'c'].map((uid) => ({
    partition: 0,
    key: Buffer.from(uid),
    value: Buffer.alloc(VALUE_BYTES, uid),
  }));
  await sendAgain({ kafka, topic, records, clock: micros(1) });
  expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '3' }]);
  await admin.disconnect();
});
