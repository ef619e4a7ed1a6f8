import type { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault, s3Code, s3Status } from './s3-fault.ts';

/** An object that was read, to be copied if it still is what was read. */
export interface ObjectToCopy {
  readonly key: string;
  readonly etag: string;
  readonly to: { readonly bucket: string; readonly key: string };
  readonly signal: AbortSignal;
}

/**
 * Copies an object within its store, at most 5 GiB (`CopyObject`), if it still has its ETag.
 *
 * @throws S3SourceFault for what may pass; the signal's reason.
 */
export async function copyObject(
  bucket: S3Bucket,
  { key, etag, to, signal }: ObjectToCopy,
): Promise<'copied' | 'missing' | 'changed'> {
  const from = [bucket.address.bucket, ...key.split('/')].map(encodeURIComponent).join('/');
  try {
    const s3 = await bucket.client();
    await s3.copyObject(
      { Bucket: to.bucket, Key: to.key, CopySource: from, CopySourceIfMatch: etag },
      { abortSignal: signal },
    );
    return 'copied';
  } catch (error) {
    signal.throwIfAborted();
    if (s3Status(error) === 412) return 'changed';
    if (s3Code(error) === 'NoSuchKey') return 'missing';
    throw new S3SourceFault(error, bucket);
  }
}
