import type { KafkaMessage } from 'kafkajs';
import { formatMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';

/** A shard-created event, as far as the clean-up reads it. */
export function announcement(shard: {
  readonly name: string;
  readonly time: Micros;
  readonly table?: string;
}): Record<string, unknown> {
  const { name, time, table = 'public.files' } = shard;
  return {
    type: 'tidemark.shard.created.v1',
    time: formatMicros(time),
    data: {
      ...{ table, kind: 'window', partition: 0, partitionCount: 1 },
      window: { start: formatMicros(0 as Micros), end: formatMicros(60_000_000 as Micros) },
      shard: { name, bytes: 100, sha256: 'a'.repeat(64), files: 2 },
    },
  };
}

export function messageOf(event: Record<string, unknown>, at: number): KafkaMessage {
  return {
    key: null,
    value: Buffer.from(JSON.stringify(event)),
    timestamp: '0',
    attributes: 0,
    offset: String(at),
    headers: {},
  };
}
