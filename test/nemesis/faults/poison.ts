import { randomFillSync } from 'node:crypto';
import type { Fault } from '../fault.ts';
import { PARTITIONS } from '../world.ts';

/** No JSON, wrong shape, wrong types, a mark that is none, a tombstone, noise. None is an insert of capture's. */
const VALUES: readonly (() => Buffer | null)[] = [
  () => Buffer.from('this is no JSON'),
  () => Buffer.from('[]'),
  () => Buffer.from('{"op":"u","after":{"uid":"x"}}'),
  () => Buffer.from('{"resolved":{"time":"soon"}}'),
  () => Buffer.from('{"op":"c","after":"nothing"}'),
  () => null,
  () => randomFillSync(Buffer.alloc(1_000_000)),
];

export const poison: Fault = {
  name: 'poison',
  what: 'messages in the topic that are no rows: each becomes a reject with its offset, the partition goes on',
  targets: ['kafka'],
  holdMs: [0, 0],
  settleMs: 1_000,
  run: async (world, random) => {
    const topic = `${world.name}.public.files`;
    const producer = world.kafkaClient().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      for (const value of VALUES) {
        const partition = random.between(0, PARTITIONS - 1);
        const messages = [{ key: 'poison', value: value(), partition }];
        const [sent] = await producer.send({ topic, messages, acks: -1 });
        world.poisoned.push({ partition, offset: Number(sent!.baseOffset) });
      }
    } finally {
      await producer.disconnect();
    }
    return undefined;
  },
};
