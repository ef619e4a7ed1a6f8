import { SourceRefusal } from '../pack/source-problem.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault, s3Code, s3Status } from './s3-fault.ts';
import { lookAtObject } from './source-request.ts';

/** An object that was read, to be removed if it still is what was read. */
export interface ReadObject {
  readonly key: string;
  readonly etag: string;
  readonly signal: AbortSignal;
}

/**
 * Removes an object, if it still has its ETag: it is looked at once more, and the store is asked to compare too
 * (`If-Match`). In a bucket with versions a delete marker hides it, and the version stays.
 *
 * @throws S3SourceFault for what may pass; the signal's reason.
 */
export async function removeObject(bucket: S3Bucket, object: ReadObject): Promise<Removal> {
  try {
    const now = await lookAtObject(bucket, object);
    if (now.etag !== object.etag) return 'changed';
  } catch (error) {
    if (error instanceof SourceRefusal) return 'missing';
    throw error;
  }
  return await deleteObject(bucket, { ...object, ifMatch: object.etag });
}

type Removal = 'removed' | 'missing' | 'changed';

/** @throws S3SourceFault; the signal's reason. */
export async function deleteObject(
  bucket: S3Bucket,
  object: Pick<ReadObject, 'key' | 'signal'> & { readonly ifMatch: string | null },
): Promise<Removal> {
  const { key, ifMatch, signal } = object;
  const place = { Bucket: bucket.address.bucket, Key: key };
  try {
    const s3 = await bucket.client();
    const condition = ifMatch === null ? {} : { IfMatch: ifMatch };
    await s3.deleteObject({ ...place, ...condition }, { abortSignal: signal });
    return 'removed';
  } catch (error) {
    signal.throwIfAborted();
    if (s3Status(error) === 412) return 'changed';
    if (s3Code(error) === 'NoSuchKey') return 'missing';
    // A store that knows no condition here: the look a moment ago is the best there is.
    if (ifMatch !== null && s3Status(error) === 501)
      return await deleteObject(bucket, { ...object, ifMatch: null });
    throw new S3SourceFault(error, bucket);
  }
}
