import { EventFields } from '../base/event-fields.ts';
import type { AnnouncedShard } from '../model/cleanup.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { SealKind } from '../model/shard.ts';

const KINDS: readonly string[] = ['window', 'early', 'late'] satisfies SealKind[];
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * What a message of `<name>.shards` announces.
 *
 * @returns undefined for every other event, for other tables, and for what is none of ours: none of it tells of files
 * that may go.
 */
export function readAnnouncedShard(value: Buffer | null, table: string): AnnouncedShard | undefined {
  const event = value === null ? undefined : EventFields.parse(value.toString('utf8'));
  if (event?.text('type') !== 'tidemark.shard.created.v1' || event.text('data', 'table') !== table)
    return undefined;
  const [name, sha256] = [event.text('data', 'shard', 'name'), event.text('data', 'shard', 'sha256')];
  const [bytes, files] = [event.count('data', 'shard', 'bytes'), event.count('data', 'shard', 'files')];
  const [kind, partition] = [event.text('data', 'kind'), event.count('data', 'partition')];
  const [start, end] = [timeAt(event, 'data', 'window', 'start'), timeAt(event, 'data', 'window', 'end')];
  const time = timeAt(event, 'time');
  if (name === undefined || sha256 === undefined || !DIGEST.test(sha256)) return undefined;
  if (bytes === undefined || files === undefined || partition === undefined) return undefined;
  if (kind === undefined || !KINDS.includes(kind)) return undefined;
  if (start === undefined || end === undefined || time === undefined) return undefined;
  return {
    ...{ table, name, sha256, bytes, files, partition, time },
    kind: kind as SealKind,
    window: { start, end },
  };
}

function timeAt(event: EventFields, ...path: readonly string[]): Micros | undefined {
  const text = event.text(...path);
  return text === undefined ? undefined : parseMicros(text);
}
