import { randomBytes } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Status } from './s3-fault.ts';
import { encryptionOf, shardSettingsOf } from './write-settings.ts';

/** S3 copies no more than 5 GiB in one request. */
const COPY_BYTES_MAX = 5 * 1024 ** 3;
const COPY_PART_BYTES = 1024 ** 3;

export interface CopyLimits {
  /** Beyond, the copy is made in parts. */
  readonly wholeBytesMax: number;
  readonly partBytes: number;
}

/**
 * Copies an object to a name that no reader looks for, before another takes its place: at no moment does the name lead
 * nowhere, and nothing is lost. Does nothing when there is none.
 */
export async function setAside(
  bucket: S3Bucket,
  name: string,
  limits: CopyLimits = { wholeBytesMax: COPY_BYTES_MAX, partBytes: COPY_PART_BYTES },
): Promise<void> {
  const s3 = await bucket.client();
  const source = bucket.placeOf(name);
  const bytes = await sizeOf(bucket, name);
  if (bytes === null) return;
  const target = bucket.placeOf(`${name}.damaged-${randomBytes(4).toString('hex')}`);
  const CopySource = [source.Bucket, ...source.Key.split('/')].map(encodeURIComponent).join('/');
  if (bytes <= limits.wholeBytesMax) {
    await s3.copyObject({ ...target, ...encryptionOf(bucket.options), CopySource });
    return;
  }
  const { UploadId } = await s3.createMultipartUpload({ ...target, ...shardSettingsOf(bucket.options) });
  try {
    const parts: CompletedPart[] = [];
    for (let from = 0; from < bytes; from += limits.partBytes) {
      const PartNumber = parts.length + 1;
      const CopySourceRange = `bytes=${from}-${Math.min(bytes, from + limits.partBytes) - 1}`;
      const part = { ...target, UploadId, PartNumber, CopySource, CopySourceRange };
      parts.push({ PartNumber, ETag: (await s3.uploadPartCopy(part)).CopyPartResult?.ETag });
    }
    await s3.completeMultipartUpload({ ...target, UploadId, MultipartUpload: { Parts: parts } });
  } catch (error) {
    // The first failure is the one to tell.
    await s3.abortMultipartUpload({ ...target, UploadId }).catch(() => undefined);
    throw error;
  }
}

/** @returns null when there is no such object. */
export async function sizeOf(bucket: S3Bucket, name: string): Promise<number | null> {
  const s3 = await bucket.client();
  try {
    return (await s3.headObject(bucket.placeOf(name))).ContentLength ?? 0;
  } catch (error) {
    if (s3Status(error) === 404) return null;
    throw error;
  }
}
