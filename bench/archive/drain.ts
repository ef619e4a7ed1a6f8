import { performance } from 'node:perf_hooks';
import { Kafka, logLevel } from 'kafkajs';

/**
 * The peer: KafkaJS reads the topic and does nothing with it. Run as a process of its own:
 * `drain.ts BROKERS TOPIC MESSAGES`, prints messages a second.
 */
const [brokers = '', topic = '', count = '0'] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({
  groupId: `${topic}-drain-${process.pid}`,
  maxBytesPerPartition: 1_048_576,
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });

let seen = 0;
let began = 0;
await new Promise<void>((resolve, reject) => {
  consumer.on(consumer.events.GROUP_JOIN, () => (began = performance.now()));
  consumer
    .run({
      eachBatch: ({ batch }) => {
        seen += batch.messages.length;
        if (seen >= Number(count)) resolve();
        return Promise.resolve();
      },
    })
    .catch(reject);
});
process.stdout.write(`${Math.round((seen * 1_000) / (performance.now() - began))}\n`);
await consumer.disconnect();
