import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { javaCommand } from '../../test/support/services/java.ts';
import { kafkaJars } from '../../test/support/services/kafka-jars.ts';

const run = promisify(execFile);
const DRAIN = fileURLToPath(new URL('./drain.ts', import.meta.url));

interface Drained {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly messages: number;
}

/** Messages a second that KafkaJS reads when nothing is done with them. */
export async function drainByKafkajs({ brokers, topic, messages }: Drained): Promise<number> {
  const args = ['--import', 'tsx', DRAIN, brokers.join(','), topic, String(messages)];
  return Number((await run(process.execPath, args)).stdout);
}

/** Messages a second of Kafka's own kafka-consumer-perf-test, the fetching alone. */
export async function drainByJava({ brokers, topic, messages }: Drained): Promise<number> {
  const jars = await kafkaJars(() => undefined);
  const tool = 'org.apache.kafka.tools.ConsumerPerformance';
  const { stdout } = await run(await javaCommand(), [
    ...['-cp', join(jars, '*'), tool, '--bootstrap-server', brokers.join(',')],
    ...['--topic', topic, '--messages', String(messages), '--timeout', '60000'],
  ]);
  const [header, ...lines] = stdout.trim().split('\n').slice(-2);
  const column = header?.split(',').findIndex((name) => name.trim() === 'fetch.nMsg.sec') ?? -1;
  const value = Number(lines[0]?.split(',')[column]);
  if (!(value > 0)) throw new Error(`kafka-consumer-perf-test printed no figure:\n${stdout}`);
  return Math.round(value);
}
