import type { S3 } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { createAdminClient, removeBucket } from './s3-admin.ts';
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
export async function freshBucket(given?: S3Server): Promise<FreshBucket> {
  const server = given ?? (await s3Server());
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
      await removeBucket(admin, name);
      admin.destroy();
    },
  };
}
