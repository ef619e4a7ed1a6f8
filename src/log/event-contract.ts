import * as z from 'zod';
import { REJECT_REASONS } from '../model/row.ts';

/**
 * The events that subscribers see, as docs/events/ publishes them: the JSON Schemas, the AsyncAPI document and the types
 * of `tidemark/client` all come from here (`npm run docs`). A version only ever gains optional members
 * (docs/events/README.md, "Versions"), so readers pass over members that they do not know.
 */

const time = z
  .string()
  .regex(/^[0-9+-]{4,7}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/)
  .describe('UTC, ISO 8601, always six digits behind the point.');
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('sha256, lower-case hex.');
const count = z.int().nonnegative();
const positive = z.int().positive();
const table = z.string().describe('schema.name of the source table.');
const partition = count.describe('Partition of the table’s topic.');
const partitionCount = positive.describe('How many partitions the table has.');
const watermark = time.describe(
  'Every row of this partition whose created_at is at or below it is archived or rejected.',
);
const kind = z
  .enum(['window', 'early', 'late'])
  .describe('window: it is closed; early: its first parts, before it closed; late: a supplement to it.');
const window = z.object({ start: time, end: time }).describe('(start, end] of created_at.');
const shardName = z.string().describe('Key below the root of the sink.');

const shard = z.object({
  name: shardName,
  part: positive.describe('Counts the shards of one window and partition.'),
  bytes: positive,
  sha256: digest.describe('sha256 of the whole file, lower-case hex.'),
  rows: positive,
  files: count,
  sourceBytes: count.describe('Sum of the members’ sizes before packing.'),
  minCreatedAt: time,
  maxCreatedAt: time,
});

const ledger = z
  .object({ received: count, archived: count, duplicates: count, rejected: count })
  .describe('received = archived + duplicates + rejected, checked before the event is written.');

const seal = { table, kind, window, partition, partitionCount };

const shardCreated = z.object({ ...seal, shard });

const windowSealed = z.object({
  ...seal,
  watermark,
  ledger,
  manifest: z.string().describe('Key of the manifest below the root of the sink.'),
  rowsSha256: digest
    .optional()
    .describe('sha256 of the rows that the seal was made of; events of Tidemark 0.1 may lack it.'),
  shards: z.array(z.object({ name: shardName, sha256: digest, bytes: count, rows: count })),
});

const watermarkAdvanced = z.object({ table, partition, partitionCount, watermark });

const watermarkAdjusted = z.object({
  ...{ table, partition, partitionCount, from: time.describe('Where it stood before.') },
  watermark: time.describe('Where an operator has put it.'),
});

const recordRejected = z.object({
  table,
  partition,
  offset: count.nullable().describe('Where the record stands in <name>.<schema.table>.'),
  uid: z.string().nullable(),
  createdAt: time.nullable(),
  fileLocation: z.string().nullable(),
  reason: z.string().describe(`${REJECT_REASONS.join(', ')}; a later version may have more.`),
  detail: z.string(),
});

const partitionFailed = z.object({
  table,
  partition,
  process: z.string().describe('host:pid of the process that cannot get on.'),
  code: z.string().nullable().describe('As in docs/errors.md; null for a failure that is in no catalogue.'),
  detail: z.string(),
  remedy: z.string(),
  isFinal: z.boolean().describe('True when the process ended with it; otherwise it tries again by itself.'),
});

function cloudEvent<T extends string, D extends z.ZodObject>(type: T, data: D) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).describe('Follows from what was archived: the same seal has the same id.'),
    source: z
      .string()
      .regex(/^\/tidemark\/[^/]+\/[^/]+$/)
      .describe('/tidemark/<name>/<schema.table>'),
    type: z.literal(type),
    subject: z.string(),
    time: time.describe('When it was committed.'),
    datacontenttype: z.literal('application/json'),
    data,
  });
}

/** Every event type with its schema; the topic is `<name>.` and the channel. */
export const EVENT_CONTRACT = {
  'tidemark.shard.created.v1': {
    channel: 'shards',
    summary: 'A shard is durable on the sink and counts from now on.',
    schema: cloudEvent('tidemark.shard.created.v1', shardCreated),
  },
  'tidemark.window.sealed.v1': {
    channel: 'shards',
    summary: 'A window was sealed in one partition, or a part of it before, or a supplement of late rows.',
    schema: cloudEvent('tidemark.window.sealed.v1', windowSealed),
  },
  'tidemark.watermark.advanced.v1': {
    channel: 'shards',
    summary: 'The watermark of a partition moved without a window being sealed.',
    schema: cloudEvent('tidemark.watermark.advanced.v1', watermarkAdvanced),
  },
  'tidemark.watermark.adjusted.v1': {
    channel: 'shards',
    summary: 'An operator has moved the watermark of a partition, back or forward.',
    schema: cloudEvent('tidemark.watermark.adjusted.v1', watermarkAdjusted),
  },
  'tidemark.partition.failed.v1': {
    channel: 'shards',
    summary: 'A process cannot archive a partition for now.',
    schema: cloudEvent('tidemark.partition.failed.v1', partitionFailed),
  },
  'tidemark.record.rejected.v1': {
    channel: 'rejects',
    summary: 'A row, or a record that is no row, could not be archived.',
    schema: cloudEvent('tidemark.record.rejected.v1', recordRejected),
  },
} as const;

export type EventType = keyof typeof EVENT_CONTRACT;

/** An event of one type. */
export type EventOf<T extends EventType> = z.infer<(typeof EVENT_CONTRACT)[T]['schema']>;

/** Any event of ours; `type` tells which. */
export type TidemarkEvent = { [T in EventType]: EventOf<T> }[EventType];

/**
 * Reads a message of `<name>.shards` or `<name>.rejects`. Anybody may have written it, so nothing is believed.
 *
 * @returns undefined for what is of no type that this version knows: later versions may have more. `problem` for what
 * says that it is of one and is not.
 */
export function readEvent(
  json: string,
): { readonly event: TidemarkEvent } | { readonly problem: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Not ours.
    return undefined;
  }
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(EVENT_CONTRACT, type)) return undefined;
  const read = EVENT_CONTRACT[type as EventType].schema.safeParse(value);
  return read.success
    ? { event: read.data }
    : { problem: `a message of type ${type} is none: ${z.prettifyError(read.error)}` };
}
