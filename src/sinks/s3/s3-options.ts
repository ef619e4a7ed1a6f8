/** How a bucket is written and asked. The address of the bucket is the URL's part. */
export interface S3Options {
  /** Of the shards; manifests are read often and stay in the bucket's usual class. Null: the bucket's usual one. */
  readonly storageClass: string | null;
  /** Null leaves it to the bucket. */
  readonly encryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | null;
  /** Id or ARN, with `aws:kms`; null takes the account's own key. */
  readonly kmsKey: string | null;
  /** Fewer questions to the key service, with `aws:kms`. */
  readonly bucketKey: boolean;
  /** Of one part of a shard; a shard of less goes up in one request. */
  readonly partBytes: number;
  /** Parts that are on their way at once, over all shards. */
  readonly requestsMax: number;
  /** Of one request, the first one counted. */
  readonly attemptsMax: number;
  /** Silence after which an attempt counts as failed. */
  readonly requestTimeoutMs: number;
  /** Age of an unfinished upload that is believed to be a dead process's. */
  readonly sweepAfterMs: number;
}

/** As src/config/sink-schema.ts has them, for those who know nothing but an address. */
export const S3_DEFAULTS: S3Options = {
  storageClass: null,
  encryption: null,
  kmsKey: null,
  bucketKey: false,
  partBytes: 8 * 1024 * 1024,
  requestsMax: 8,
  attemptsMax: 5,
  requestTimeoutMs: 30_000,
  sweepAfterMs: 24 * 3_600_000,
};
