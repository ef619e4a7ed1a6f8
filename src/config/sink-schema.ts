import * as z from 'zod';
import { parseS3Address } from '../base/s3-address.ts';
import { bytes, duration, integer } from './fields.ts';

/** What Amazon takes as a part but for the last one. */
const PART_BYTES_MIN = 5 * 1024 * 1024;
const PART_BYTES_MAX = 512 * 1024 * 1024;
const HOUR_MICROS = 3_600_000_000;

/** Classes whose objects must be restored before they are read: a shard is read again when its seal is replayed. */
const COLD_CLASSES = /^(GLACIER|DEEP_ARCHIVE)$/;

const s3 = z
  .strictObject({
    storageClass: z
      .string()
      .regex(/^[A-Z0-9_-]{1,64}$/, 'a class such as STANDARD_IA was expected')
      .refine((name) => !COLD_CLASSES.test(name), {
        message: 'shards must be readable at once; move them later, by a rule of the bucket',
      })
      .describe('Storage class of the shards, such as `STANDARD_IA`. Default: the bucket’s.')
      .optional(),
    encryption: z
      .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
      .describe('Encryption by the server. Default: the bucket’s.')
      .optional(),
    kmsKey: z
      .string()
      .min(1)
      .describe('Id or ARN of the key, with `aws:kms`. Default: the account’s own.')
      .optional(),
    bucketKey: z
      .boolean()
      .describe('One key for many objects, with `aws:kms`: fewer questions to the key service.')
      .prefault(false),
    partBytes: bytes({
      text: 'A shard of more goes up in parts of this size, at most 10,000 of them.',
      min: PART_BYTES_MIN,
      max: PART_BYTES_MAX,
    }).prefault('8MiB'),
    requestsMax: integer({
      text: 'Parts that go up at once. Memory is this, and one for each open shard, times `partBytes`.',
      min: 1,
      max: 256,
    }).prefault(8),
    attemptsMax: integer({
      text: 'Tries of one request, with growing pauses; then the seal itself is tried again.',
      min: 1,
      max: 20,
    }).prefault(5),
    requestTimeout: duration({
      text: 'Silence of the store after which a try counts as failed.',
      min: 1_000_000,
    }).prefault('30s'),
    sweepAfter: duration({
      text: 'Age from which an unfinished upload below the prefix counts as a dead process’s and is aborted at start.',
      min: HOUR_MICROS,
    }).prefault('1d'),
  })
  .describe('How a bucket is written and asked, with `s3://`.')
  .prefault({});

export const sinkSchema = z
  .strictObject({
    url: z
      .string()
      .regex(/^(file:\/\/\/|s3:\/\/[^/]+)/, 'file:///absolute/path or s3://bucket/prefix was expected')
      .superRefine((url, context) => {
        if (!url.startsWith('s3:')) return;
        const address = parseS3Address(url);
        if ('problem' in address) context.addIssue({ code: 'custom', message: address.problem });
      })
      .describe(
        'Where the shards go: `file:///absolute/path`, or `s3://bucket/prefix`. Behind `?`: `endpoint=https://host:port` for another server than Amazon’s, `region=…`, `pathStyle=true` or `false` (true with an endpoint). Credentials never stand here.',
      ),
    s3,
  })
  .describe('The archive.');

export type SinkFile = z.output<typeof sinkSchema>;
