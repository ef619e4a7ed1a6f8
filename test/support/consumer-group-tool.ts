import { kafkaJars } from './services/kafka-jars.ts';
import { javaCommand } from './services/java.ts';
import { runCommand } from './services/command.ts';

/** One line of `kafka-consumer-groups.sh --describe`. */
export interface DescribedPartition {
  readonly partition: number;
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
}

/** What Kafka's own tool says of a group and a topic, by partition. */
export async function describeGroup(options: {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly topic: string;
}): Promise<DescribedPartition[]> {
  const jars = await kafkaJars(() => undefined);
  const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
  const described = await runCommand({
    command: await javaCommand(),
    args: [
      ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`, tool],
      ...['--bootstrap-server', options.brokers.join(','), '--describe', '--group', options.groupId],
    ],
  });
  const lines = (described?.output ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const head = lines.find((cells) => cells.includes('CURRENT-OFFSET'));
  if (head === undefined) throw new Error(`kafka-consumer-groups said: ${described?.output}`);
  const numberIn = (cells: readonly string[], column: string): number => Number(cells[head.indexOf(column)]);
  return lines
    .filter((cells) => cells[head.indexOf('TOPIC')] === options.topic)
    .map((cells) => ({
      partition: numberIn(cells, 'PARTITION'),
      committed: numberIn(cells, 'CURRENT-OFFSET'),
      end: numberIn(cells, 'LOG-END-OFFSET'),
      lag: numberIn(cells, 'LAG'),
    }))
    .sort((a, b) => a.partition - b.partition);
}
