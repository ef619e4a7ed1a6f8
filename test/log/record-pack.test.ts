import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { packedMessages, RecordPack } from '../../src/log/record-pack.ts';

const require = createRequire(import.meta.url);

interface ProduceRequest {
  encode(): Promise<{ buffer: Buffer }>;
}

// KafkaJS's own encoder of the oldest request that Kafka 4 takes; later versions share its body.
const produce = require('kafkajs/src/protocol/requests/produce/v3/request') as (
  input: object,
) => ProduceRequest;
const group = require('kafkajs/src/producer/groupMessagesPerPartition') as (
  input: object,
) => Record<number, unknown>;

const ROWS = Array.from({ length: 700 }, (_, i) => ({
  partition: i % 3,
  key: `{"uid":"k${i}"}`,
  value: i === 5 ? '' : `{"after":"${'äx€😀'.repeat(i % 90)}"}`,
}));

async function encoded(messagesByPartition: Record<number, unknown>): Promise<Buffer> {
  const partitions = [0, 1, 2].map((partition) => ({
    partition,
    messages: messagesByPartition[partition],
    firstSequence: 0,
  }));
  const request = produce({
    acks: -1,
    timeout: 1,
    transactionalId: 't',
    topicData: [{ topic: 'x', partitions }],
  });
  return Buffer.from((await request.encode()).buffer);
}

/** Zeroes the two timestamps and the checksum over them in every batch: they hold the moment of encoding. */
function withoutTimes(request: Buffer): Buffer {
  // Topic and framing are the same in both, so the batches begin at the same places: find them by their magic.
  for (let at = 0; at < request.length - 61; at++) {
    const isBatch =
      request.readBigInt64BE(at) === 0n && request[at + 16] === 2 && request.readInt32BE(at + 12) === 0;
    if (!isBatch) continue;
    request.fill(0, at + 17, at + 21);
    request.fill(0, at + 27, at + 43);
  }
  return request;
}

function packs(): Map<number, RecordPack> {
  const made = new Map([0, 1, 2].map((partition) => [partition, new RecordPack()]));
  for (const { partition, key, value } of ROWS) made.get(partition)!.add(Buffer.from(key), value);
  return made;
}

describe('packed records', () => {
  it('are byte for byte what KafkaJS makes of the same messages', async () => {
    const partitioner = ({ message }: { message: { partition: number } }) => message.partition;
    const options = { topic: 'x', partitionMetadata: [{}, {}, {}], partitioner };
    const theirs = await encoded(group({ ...options, messages: ROWS }));
    const ours = await encoded(group({ ...options, messages: packedMessages(packs()) }));
    expect(withoutTimes(ours).equals(withoutTimes(theirs))).toBe(true);
  });

  it('can be encoded again, as KafkaJS does when a send is repeated', async () => {
    const messages = packedMessages(packs());
    const options = { topic: 'x', partitionMetadata: [{}], partitioner: () => 0 };
    const first = await encoded(group({ ...options, messages }));
    const second = await encoded(group({ ...options, messages }));
    expect(withoutTimes(second).equals(withoutTimes(first))).toBe(true);
  });

  it('use the same memory for the next piece', () => {
    const pack = new RecordPack();
    pack.add(Buffer.from('key'), 'long value');
    pack.clear();
    pack.add(Buffer.from('k'), 'v');
    const again = new RecordPack();
    again.add(Buffer.from('k'), 'v');
    expect(pack.bytes.equals(again.bytes)).toBe(true);
    expect(pack.count).toBe(1);
  });
});
