import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import { sealBaseOf } from '../../model/shard.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Code } from './s3-fault.ts';

interface Upload {
  readonly key: string;
  readonly id: string;
  readonly begunMs: number;
}

/**
 * Aborts the uploads of shards that dead processes left behind, whose parts nobody sees and somebody pays for. Nothing in an
 * upload says whose it is, so age decides: a shard goes up in minutes, and a process that was stopped for longer than
 * `sweepAfterMs` finds its upload gone and begins it again.
 *
 * @returns how many.
 */
export async function sweepUploads(bucket: S3Bucket): Promise<number> {
  const s3 = await bucket.client();
  const { prefix } = bucket.address;
  const bornBefore = Date.now() - bucket.options.sweepAfterMs;
  let swept = 0;
  for await (const { key, id, begunMs } of listUploads(bucket)) {
    // Under our prefix, but not of our making.
    if (sealBaseOf(key.slice(prefix.length)) === null) continue;
    if (begunMs >= bornBefore) continue;
    try {
      await s3.abortMultipartUpload({ Bucket: bucket.address.bucket, Key: key, UploadId: id });
      swept++;
    } catch (error) {
      // Another process that starts sweeps too.
      if (s3Code(error) !== 'NoSuchUpload') throw error;
    }
  }
  return swept;
}

async function* listUploads(bucket: S3Bucket): AsyncGenerator<Upload> {
  const s3 = await bucket.client();
  const { address } = bucket;
  let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await s3.listMultipartUploads({
      Bucket: address.bucket,
      Prefix: address.prefix,
      ...next,
    });
    for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
      if (Key !== undefined && UploadId !== undefined && Initiated !== undefined)
        yield { key: Key, id: UploadId, begunMs: Initiated.getTime() };
    next =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? {
            KeyMarker: page.NextKeyMarker,
            ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
          }
        : undefined;
  }
}
