import { createHash } from 'node:crypto';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { TidemarkError } from '../../base/errors.ts';
import type { ByteRange } from '../sink.ts';
import { BROKEN_OFF, BodyBrokeOff, discard, isBrokenOff, totalBytes } from './answer-body.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Code, s3Status } from './s3-fault.ts';

/** Under this name a small object carries the digest of its bytes, lower-case hex. */
export const DIGEST_METADATA = 'tidemark-sha256';

/**
 * Reads a range of an object. One that is read whole is compared with the digest that it carries; shards have digests of
 * their own for every frame and page, which their readers compare.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT when the object is missing, ends before the range, or is read twice with other
 * bytes than its digest says; what the SDK throws.
 */
export async function readObject(bucket: S3Bucket, name: string, range: ByteRange): Promise<Buffer> {
  return await pRetry(() => readOnce(bucket, name, range), {
    ...BROKEN_OFF,
    // What was changed on its way is right the next time; what was changed in the store is not.
    retries: BROKEN_OFF.retries,
    shouldRetry: ({ error, attemptNumber }) =>
      isBrokenOff(error) || (error instanceof DigestDiffers && attemptNumber === 1),
  });
}

class DigestDiffers extends TidemarkError {
  constructor(name: string) {
    super('ERR_SHARD_CORRUPT', { detail: `${name} has other bytes than the digest that it carries says` });
  }
}

async function readOnce(bucket: S3Bucket, name: string, { offset, length }: ByteRange): Promise<Buffer> {
  const response = await request(bucket, name, { offset, length });
  const total = totalBytes(response);
  if (offset + length > total) {
    discard(response);
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `${name} ends at byte ${total}, before byte ${offset + length}`,
    });
  }
  const bytes = await collect(response, length);
  const digest = response.Metadata?.[DIGEST_METADATA];
  if (digest !== undefined && length === total && createHash('sha256').update(bytes).digest('hex') !== digest)
    throw new DigestDiffers(name);
  return bytes;
}

async function request(
  bucket: S3Bucket,
  name: string,
  { offset, length }: ByteRange,
): Promise<GetObjectCommandOutput> {
  const s3 = await bucket.client();
  const place = bucket.placeOf(name);
  try {
    return await s3.getObject({ ...place, Range: `bytes=${offset}-${offset + length - 1}` });
  } catch (error) {
    if (s3Code(error) === 'NoSuchKey')
      throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${name} is missing`, cause: error });
    if (s3Status(error) !== 416) throw error;
    throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${name} ends before byte ${offset + 1}` });
  }
}

/** Takes no more into memory than was asked for, whatever the server sends. */
async function collect({ Body, ContentRange }: GetObjectCommandOutput, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let at = 0;
  try {
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      if (at + chunk.length > length) throw new Error('the server sends more than was asked for');
      buffer.set(chunk, at);
      at += chunk.length;
    }
  } catch (cause) {
    throw new BodyBrokeOff(`the answer broke off after ${at} of ${length} bytes`, { cause });
  }
  if (at === length) return buffer;
  throw new BodyBrokeOff(
    `the answer has ${at} of ${length} bytes${ContentRange === undefined ? ', without a range' : ''}`,
  );
}
