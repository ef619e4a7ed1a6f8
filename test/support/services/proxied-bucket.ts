import { afterAll, afterEach, beforeAll } from 'vitest';
import { S3Proxy } from '../s3-proxy.ts';
import { freshBucket } from './fresh-bucket.ts';
import type { FreshBucket } from './fresh-bucket.ts';

/** A bucket for the tests of a file, and a proxy before its server that breaks nothing when a test begins. */
export function useProxiedBucket(
  opened: (place: { readonly bucket: FreshBucket; readonly proxy: S3Proxy }) => void,
): void {
  let bucket: FreshBucket;
  let proxy: S3Proxy;

  beforeAll(async () => {
    bucket = await freshBucket();
    proxy = await S3Proxy.start(bucket.server.endpoint);
    opened({ bucket, proxy });
  });
  afterEach(() => proxy.breaks(() => undefined));
  afterAll(async () => {
    await proxy.close();
    await bucket.drop();
  });
}
