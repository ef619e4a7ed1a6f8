import { S3 } from '@aws-sdk/client-s3';
import type { S3Server } from './s3-url.ts';

/** The SDK alone, to make buckets and to look at them from outside. */
export function createAdminClient({ endpoint, accessKeyId, secretAccessKey }: S3Server): S3 {
  return new S3({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}
