import type { S3 } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { createAdminClient } from './s3-admin.ts';
import { s3Environment } from './s3-url.ts';
import type { S3Server } from './s3-url.ts';
import { s3Server } from './services.ts';

/** An empty bucket of a test's own. */
export interface FreshBucket {
  readonly name: string;
  readonly server: S3Server;
  /** The SDK alone. */
  readonly admin: S3;
  /** Tidemark's address of it. @param options `endpoint`: of a proxy before the server. */
  url(options?: { readonly prefix?: string; readonly endpoint?: string }): string;
  /** Every object in it, removed with it and with what is under way. */
  drop(): Promise<void>;
}

/** Also gives this process the credentials, by the environment, as the SDK's own chain finds them. */
export async function freshBucket(server: S3Server = s3Server()): Promise<FreshBucket> {
  Object.assign(process.env, s3Environment(server));
  const admin = createAdminClient(server);
  const name = `tidemark-test-${randomBytes(6).toString('hex')}`;
  await admin.createBucket({ Bucket: name });
  return {
    name,
    server,
    admin,
    url: ({ prefix = '', endpoint = server.endpoint } = {}) =>
      `s3://${name}/${prefix}?endpoint=${encodeURIComponent(endpoint)}`,
    drop: async () => {
      await emptyBucket(admin, name);
      await admin.deleteBucket({ Bucket: name });
      admin.destroy();
    },
  };
}

async function emptyBucket(admin: S3, Bucket: string): Promise<void> {
  const { Uploads } = await admin.listMultipartUploads({ Bucket });
  for (const { Key, UploadId } of Uploads ?? []) await admin.abortMultipartUpload({ Bucket, Key, UploadId });
  for (;;) {
    const { Contents } = await admin.listObjectsV2({ Bucket });
    if (Contents === undefined || Contents.length === 0) return;
    for (const { Key } of Contents) await admin.deleteObject({ Bucket, Key });
  }
}
