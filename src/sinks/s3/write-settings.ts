import type { ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import type { S3Options } from './s3-options.ts';

/** What every new object is told of encryption, as S3's own parameters. */
export function encryptionOf({ encryption, kmsKey, bucketKey }: S3Options): {
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
} {
  return {
    ...(encryption === null ? {} : { ServerSideEncryption: encryption }),
    ...(kmsKey === null ? {} : { SSEKMSKeyId: kmsKey }),
    ...(bucketKey ? { BucketKeyEnabled: true } : {}),
  };
}

/** The same, and the class of a shard. */
export function shardSettingsOf(options: S3Options): ReturnType<typeof encryptionOf> & {
  StorageClass?: StorageClass;
  ContentType: string;
} {
  const { storageClass } = options;
  return {
    ...encryptionOf(options),
    ContentType: 'application/zstd',
    // Stores that are not Amazon's have classes of their own.
    ...(storageClass === null ? {} : { StorageClass: storageClass as StorageClass }),
  };
}
