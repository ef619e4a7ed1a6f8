import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TidemarkError } from '../../base/errors.ts';
import { SourceRefusal, changed } from '../pack/source-problem.ts';
import { discard, totalBytes } from './answer-body.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault, s3Code, s3Status } from './s3-fault.ts';

/** What is to be read of which object. */
export interface ObjectWish {
  readonly key: string;
  /** Null: the whole object. */
  readonly range: { readonly from: number; readonly to: number } | null;
  /** ETag that it must still have; null takes what is there. */
  readonly pin: string | null;
  readonly signal: AbortSignal;
}

/** An object as HEAD shows it. */
export interface SeenObject {
  readonly sizeBytes: number;
  readonly etag: string;
}

type ObjectRequest = ObjectWish & {
  /** Lets the SDK compare the body with the checksum that the store has of it. */
  readonly checks: boolean;
};

/** @throws SourceRefusal for an object that is gone or another one, S3SourceFault for what may pass. */
export async function requestObject(
  bucket: S3Bucket,
  { key, range, pin, signal, checks }: ObjectRequest,
): Promise<GetObjectCommandOutput> {
  let response: GetObjectCommandOutput;
  try {
    const s3 = await bucket.client();
    response = await s3.getObject(
      {
        ...{ Bucket: bucket.address.bucket, Key: key },
        ...(range === null ? {} : { Range: `bytes=${range.from}-${range.to - 1}` }),
        ...(pin === null ? {} : { IfMatch: pin }),
        ...(checks && range === null ? { ChecksumMode: 'ENABLED' as const } : {}),
      },
      { abortSignal: signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw refusalOrFault(error, bucket);
  }
  if (range === null || response.ContentRange?.startsWith(`bytes ${range.from}-`) === true) return response;
  discard(response);
  throw new S3SourceFault(new Error('the server does not keep Range'), bucket);
}

/** Looks at an object without reading it. @throws as {@link requestObject} does. */
export async function lookAtObject(
  bucket: S3Bucket,
  { key, signal }: Pick<ObjectWish, 'key' | 'signal'>,
): Promise<SeenObject> {
  try {
    const s3 = await bucket.client();
    const place = { Bucket: bucket.address.bucket, Key: key };
    const { ContentLength = 0, ETag = '' } = await s3.headObject(place, { abortSignal: signal });
    return { sizeBytes: ContentLength, etag: ETag };
  } catch (error) {
    signal.throwIfAborted();
    if (s3Status(error) !== 404) throw refusalOrFault(error, bucket);
  }
  // An answer to HEAD has no body that could tell a missing object from a missing bucket.
  const found = await requestObject(bucket, { key, range: null, pin: null, signal, checks: false });
  discard(found);
  return { sizeBytes: totalBytes(found), etag: found.ETag ?? '' };
}

/** Only what the store says of this very object is a problem of its row; everything else may pass or be mended. */
function refusalOrFault(error: unknown, bucket: S3Bucket): Error {
  if (error instanceof TidemarkError) return error;
  const code = s3Code(error);
  if (code === 'NoSuchKey') return new SourceRefusal({ reason: 'file_missing', detail: code });
  if (code === 'KeyTooLongError') return new SourceRefusal({ reason: 'file_missing', detail: code });
  if (s3Status(error) === 412 || s3Status(error) === 416) return new SourceRefusal(changed());
  return new S3SourceFault(error, bucket);
}
