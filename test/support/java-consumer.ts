import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { javaCommand } from './services/java.ts';
import { kafkaJars } from './services/kafka-jars.ts';

const run = promisify(execFile);

/**
 * What Kafka's own consumer reads of a topic, committed transactions only. The reference where it matters: KafkaJS
 * 2.2.4 lets messages of aborted transactions through when several producers' transactions overlap
 * (docs/decisions/0024-kafkajs-and-aborted-transactions.md).
 */
export async function readCommitted(options: {
  brokers: readonly string[];
  topic: string;
}): Promise<string[]> {
  const jars = await kafkaJars(() => undefined);
  const { stdout } = await run(
    await javaCommand(),
    [
      ...['-Xmx128m', '-cp', `${jars}/*`, 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', options.brokers.join(','), '--topic', options.topic],
      ...['--from-beginning', '--isolation-level', 'read_committed', '--timeout-ms', '3000'],
    ],
    { maxBuffer: 1 << 28 },
  );
  return stdout.split('\n').filter((line) => line !== '');
}
