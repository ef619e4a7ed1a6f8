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

/** With all objects in it, and the parts of those that are under way. */
export async function removeBucket(admin: S3, Bucket: string): Promise<void> {
  const { Uploads } = await admin.listMultipartUploads({ Bucket });
  for (const { Key, UploadId } of Uploads ?? []) await admin.abortMultipartUpload({ Bucket, Key, UploadId });
  for (;;) {
    const { Contents } = await admin.listObjectsV2({ Bucket });
    if (Contents === undefined || Contents.length === 0) break;
    for (const { Key } of Contents) await admin.deleteObject({ Bucket, Key });
  }
  await admin.deleteBucket({ Bucket });
}
