import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Reject } from '../model/row.ts';
import type { ShardInfo } from '../model/shard.ts';
import type { EventOf, EventType, TidemarkEvent } from './event-contract.ts';
import type { OutgoingMessage } from './outgoing.ts';

export interface EventWriterOptions {
  /** The instance's name. */
  readonly name: string;
  readonly table: string;
  readonly partition: number;
  readonly partitionCount: number;
  readonly shardsTopic: string;
  readonly rejectsTopic: string;
}

/** What one commit announces. */
export interface Announcement {
  readonly seals: readonly { readonly manifestName: string; readonly manifest: Manifest }[];
  /** Rejects that stand in no manifest. */
  readonly rejects: readonly Reject[];
  readonly watermark: Micros;
  readonly position: number;
  readonly time: Micros;
}

/** Writes the messages of one commit, in the order in which a reader should see them. Never empty. */
export function writeEvents(options: EventWriterOptions, announcement: Announcement): OutgoingMessage[] {
  const write = (topic: string, event: EventBody) => writeEvent(options, { topic, event, ...announcement });
  const messages: OutgoingMessage[] = [];
  for (const { manifestName, manifest } of announcement.seals) {
    for (const shard of manifest.shards)
      messages.push(write(options.shardsTopic, shardCreated(manifest, shard)));
    messages.push(write(options.shardsTopic, windowSealed(manifestName, manifest, announcement)));
  }
  if (!announcement.seals.some(({ manifest }) => manifest.kind === 'window')) {
    messages.push(write(options.shardsTopic, watermarkAdvanced(options, announcement)));
  }
  const rejects = [
    ...announcement.rejects,
    ...announcement.seals.flatMap(({ manifest }) => manifest.rejects),
  ];
  for (const [index, reject] of rejects.entries()) {
    messages.push(write(options.rejectsTopic, recordRejected(options, { reject, index, announcement })));
  }
  return messages;
}

/** The message that says that an operator has moved a partition's watermark, back or forward. */
export function writeAdjusted(
  options: EventWriterOptions,
  adjusted: { readonly from: Micros; readonly to: Micros; readonly epoch: number; readonly time: Micros },
): OutgoingMessage {
  const { table, partition, partitionCount, shardsTopic: topic } = options;
  const { from, to, epoch, time } = adjusted;
  const event: EventBody = {
    id: `${table}/${partition}@${epoch}/adjusted`,
    type: 'tidemark.watermark.adjusted.v1',
    subject: `${table}/${partition}`,
    data: { table, partition, partitionCount, from: formatMicros(from), watermark: formatMicros(to) },
  };
  return writeEvent(options, { topic, event, time });
}

type BodyOf<T extends EventType> = Pick<EventOf<T>, 'id' | 'type' | 'subject' | 'data'>;
type EventBody = { [T in EventType]: BodyOf<T> }[EventType];

function writeEvent(
  { name, table, partition }: EventWriterOptions,
  { topic, event, time }: { readonly topic: string; readonly event: EventBody; readonly time: Micros },
): OutgoingMessage {
  const { id, type, subject, data } = event;
  const value = {
    specversion: '1.0',
    id,
    source: `/tidemark/${name}/${table}`,
    type,
    subject,
    time: formatMicros(time),
    datacontenttype: 'application/json',
    data,
  } as TidemarkEvent;
  return { topic, key: `${table}/${partition}`, value: JSON.stringify(value) };
}

/** What every event of a seal says of where it belongs. */
function placeOf({ table, kind, window, partition, partitionCount }: Manifest) {
  return {
    table,
    kind,
    window: { start: formatMicros(window.start), end: formatMicros(window.end) },
    partition,
    partitionCount,
  };
}

function shardCreated(manifest: Manifest, shard: ShardInfo): BodyOf<'tidemark.shard.created.v1'> {
  return {
    id: `${shard.name}#${shard.sha256.slice(0, 16)}`,
    type: 'tidemark.shard.created.v1',
    subject: shard.name,
    data: {
      ...placeOf(manifest),
      shard: {
        ...shard,
        minCreatedAt: formatMicros(shard.minCreatedAt),
        maxCreatedAt: formatMicros(shard.maxCreatedAt),
      },
    },
  };
}

function windowSealed(
  manifestName: string,
  manifest: Manifest,
  { watermark }: Announcement,
): BodyOf<'tidemark.window.sealed.v1'> {
  return {
    id: `${manifestName}#${manifest.rowsSha256.slice(0, 16)}`,
    type: 'tidemark.window.sealed.v1',
    subject: manifestName,
    data: {
      ...placeOf(manifest),
      watermark: formatMicros(watermark),
      ledger: manifest.ledger,
      manifest: manifestName,
      rowsSha256: manifest.rowsSha256,
      shards: manifest.shards.map(({ name, sha256, bytes, rows }) => ({ name, sha256, bytes, rows })),
    },
  };
}

function watermarkAdvanced(
  options: EventWriterOptions,
  { watermark, position }: Announcement,
): BodyOf<'tidemark.watermark.advanced.v1'> {
  const { table, partition, partitionCount } = options;
  return {
    id: `${table}/${partition}@${watermark}/${position}`,
    type: 'tidemark.watermark.advanced.v1',
    subject: `${table}/${partition}`,
    data: { table, partition, partitionCount, watermark: formatMicros(watermark) },
  };
}

function recordRejected(
  options: EventWriterOptions,
  { reject, index, announcement }: { reject: Reject; index: number; announcement: Announcement },
): BodyOf<'tidemark.record.rejected.v1'> {
  const { table, partition } = options;
  return {
    id: `${table}/${partition}@${reject.offset ?? `${announcement.position}.${index}`}#${reject.reason}`,
    type: 'tidemark.record.rejected.v1',
    subject: `${table}/${partition}`,
    data: {
      table,
      partition,
      offset: reject.offset,
      uid: reject.uid,
      createdAt: reject.createdAt === null ? null : formatMicros(reject.createdAt),
      fileLocation: reject.fileLocation,
      reason: reject.reason,
      detail: reject.detail,
    },
  };
}
