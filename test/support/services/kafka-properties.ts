/** One broker that is its own controller (KRaft), for tests, demo and benchmarks; in Docker and locally. */
export const KAFKA_VERSION = '4.2.1';

export interface KafkaAddresses {
  /** `host:port` that the broker binds. */
  readonly listen: string;
  /** `host:port` by which clients reach it. */
  readonly advertised: string;
  /** `host:port` of the controller, for the broker alone. */
  readonly controller: string;
}

/** server.properties by name. */
export function kafkaProperties(addresses: KafkaAddresses): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${addresses.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    listeners: `PLAINTEXT://${addresses.listen},CONTROLLER://${addresses.controller}`,
    'advertised.listeners': `PLAINTEXT://${addresses.advertised}`,
    'auto.create.topics.enable': 'false',
    // A killed broker may come back only when its old session has run out: 3 s instead of 9.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'default.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    // A killed member is missed after this at the earliest; tests need not wait for 6 s.
    'group.min.session.timeout.ms': '1000',
    'log.cleaner.dedupe.buffer.size': '16777216', // of 128 MiB, a quarter of the heap
    'min.insync.replicas': '1',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
  };
}

export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** The same for the official image: `node.id` becomes `KAFKA_NODE_ID`. */
export function kafkaEnvironment(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  );
}
