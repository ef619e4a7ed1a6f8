import type { S3 } from '@aws-sdk/client-s3';
import { TidemarkError } from '../../base/errors.ts';
import { parseS3Address } from '../../base/s3-address.ts';
import type { Requirement } from '../../model/requirement.ts';
import { systemCode } from '../sink-fault.ts';
import { TEMPORARY_FOLDER } from '../sink-name.ts';
import { ConditionalWrites, MARKER } from './conditional-writes.ts';
import { grant } from './grant.ts';
import { S3Bucket } from './s3-bucket.ts';
import { s3Status } from './s3-fault.ts';
import type { S3Options } from './s3-options.ts';
import { s3MayPass } from './s3-remedy.ts';
import { encryptionOf } from './write-settings.ts';

/** `check` is for people, who wait; but not for five tries. */
export const INSPECTION = { attemptsMax: 2, requestTimeoutMs: 10_000 };

/** One thing that an archive does with its bucket, and the rights that it takes. */
interface Step {
  readonly name: string;
  readonly detail: string;
  readonly actions: readonly string[];
  readonly attempt: () => Promise<unknown>;
}

/**
 * What an archive needs of its bucket, found out by doing it. What may pass by itself (no answer, SlowDown) is one
 * requirement of the given name, which long-running commands wait for.
 */
export async function inspectBucket(options: {
  readonly url: string;
  readonly s3: S3Options;
  readonly availableName: string;
}): Promise<Requirement[]> {
  const address = parseS3Address(options.url);
  if ('problem' in address)
    throw new TidemarkError('ERR_CONFIG_INVALID', { detail: `sink.url: ${address.problem}` });
  const bucket = new S3Bucket(address, { ...options.s3, ...INSPECTION });
  const conditions = new ConditionalWrites(bucket);
  const found: Requirement[] = [];
  for (const step of stepsOf(bucket, conditions)) {
    const requirement = await tryStep(step, bucket, options.availableName);
    found.push(requirement);
    // Without the bucket, or without an answer, nothing else can be found out.
    if (!requirement.ok && (requirement.name !== step.name || step.name === BUCKET)) return found;
  }
  if (found.every(({ ok }) => ok)) found.push(await inspectConditions(conditions));
  return found;
}

const BUCKET = 'sink.bucket';

function stepsOf(bucket: S3Bucket, conditions: ConditionalWrites): Step[] {
  const { bucket: Bucket, prefix: Prefix } = bucket.address;
  const ask = <T>(what: string, requests: (s3: S3) => Promise<T>) => bucket.ask(what, requests);
  return [
    {
      name: BUCKET,
      detail: `s3://${Bucket}/${Prefix} can be listed`,
      actions: ['s3:ListBucket'],
      attempt: () => ask('listing', (s3) => s3.listObjectsV2({ Bucket, Prefix, MaxKeys: 1 })),
    },
    {
      name: 'sink.writable',
      detail: 'objects can be written',
      actions: ['s3:PutObject'],
      attempt: () => conditions.areKept(),
    },
    {
      name: 'sink.readable',
      detail: 'objects can be read',
      actions: ['s3:GetObject'],
      attempt: () => ask('reading', (s3) => readMarker(bucket, s3)),
    },
    {
      name: 'sink.uploads',
      detail: 'uploads in parts can be begun, listed and aborted',
      actions: ['s3:PutObject', 's3:ListBucketMultipartUploads', 's3:AbortMultipartUpload'],
      attempt: () => ask('trying an upload in parts', (s3) => tryUpload(bucket, s3)),
    },
  ];
}

async function readMarker(bucket: S3Bucket, s3: S3): Promise<void> {
  try {
    const { Body } = await s3.getObject(bucket.ownPlaceOf(MARKER));
    await Body?.transformToByteArray();
  } catch (error) {
    // It may be read, but may not have been written: that is said already.
    if (s3Status(error) !== 404) throw error;
  }
}

async function tryUpload(bucket: S3Bucket, s3: S3): Promise<void> {
  const place = bucket.ownPlaceOf(`${TEMPORARY_FOLDER}/upload`);
  const { UploadId } = await s3.createMultipartUpload({ ...place, ...encryptionOf(bucket.options) });
  try {
    await s3.uploadPart({ ...place, UploadId, PartNumber: 1, Body: 'tidemark' });
    await s3.listMultipartUploads({ Bucket: place.Bucket, Prefix: bucket.address.prefix, MaxUploads: 1 });
  } finally {
    await s3.abortMultipartUpload({ ...place, UploadId });
  }
}

async function tryStep(step: Step, bucket: S3Bucket, availableName: string): Promise<Requirement> {
  const { name, detail } = step;
  try {
    await step.attempt();
    return { name, ok: true, severity: 'error', detail, remedy: null };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SINK_UNAVAILABLE') throw error;
    const code = systemCode(error.cause);
    return {
      name: s3MayPass(code) ? availableName : name,
      ok: false,
      severity: 'error',
      detail: error.detail,
      remedy: code === 'AccessDenied' ? grant(step.actions, bucket) : error.remedy,
    };
  }
}

async function inspectConditions(conditions: ConditionalWrites): Promise<Requirement> {
  const areKept = await conditions.areKept();
  return {
    name: 'sink.conditional-writes',
    ok: areKept,
    severity: 'warning',
    detail: areKept ? 'the store keeps If-None-Match' : 'the store does not keep If-None-Match',
    remedy: areKept
      ? null
      : 'let one archive alone write to this bucket and prefix, or use a store that keeps conditional writes (docs/storage.md)',
  };
}
