import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { javaCommand } from './services/java.ts';
import { kafkaJars } from './services/kafka-jars.ts';
import { uniqueName } from './services/fresh.ts';

/**
 * What Kafka's own consumer reads of a topic, committed transactions only, up to now. The reference where it matters:
 * KafkaJS 2.2.4 lets messages of aborted transactions through when several producers' transactions overlap
 * (docs/decisions/0024-kafkajs-and-aborted-transactions.md).
 *
 * A message of our own in each partition says where "now" is, so nothing depends on how fast Java starts.
 */
export async function readCommitted(options: {
  brokers: readonly string[];
  topic: string;
}): Promise<string[]> {
  const end = uniqueName('end');
  let endsLeft = await writeEnds({ ...options, end });
  const java = spawn(await javaCommand(), await consumerArguments(options), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: java.stdout })) {
      if (line === end) endsLeft--;
      else if (line !== '') lines.push(line);
      if (endsLeft === 0) return lines.filter((value) => !value.startsWith('end_'));
    }
    throw new Error(`Kafka's console consumer ended before it had read ${options.topic} to its end`);
  } finally {
    const gone = once(java, 'close');
    java.kill('SIGKILL');
    await gone;
  }
}

async function consumerArguments({ brokers, topic }: { brokers: readonly string[]; topic: string }) {
  const jars = await kafkaJars(() => undefined);
  return [
    ...['-Xmx128m', '-cp', `${jars}/*`, 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
    ...['--bootstrap-server', brokers.join(','), '--topic', topic],
    ...['--from-beginning', '--isolation-level', 'read_committed'],
  ];
}

/** @returns how many partitions got one. */
async function writeEnds(options: {
  brokers: readonly string[];
  topic: string;
  end: string;
}): Promise<number> {
  const { brokers, topic, end } = options;
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  const partitions = (await admin.fetchTopicOffsets(topic)).length;
  const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: end }));
  await producer.send({ topic, messages });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return partitions;
}
