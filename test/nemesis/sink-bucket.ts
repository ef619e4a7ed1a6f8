import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdminClient } from '../support/services/s3-admin.ts';
import { startLocalS3 } from '../support/services/local-s3.ts';
import type { LocalS3 } from '../support/services/local-s3.ts';
import { readS3Url, s3Environment } from '../support/services/s3-url.ts';
import { S3Proxy } from '../support/s3-proxy.ts';

const BUCKET = 'nemesis';
const PREFIX = 'archive';

/** The sink: a bucket of a server of its own, behind a proxy that breaks what passes. */
export class SinkBucket {
  /** As the configuration names it. */
  readonly url: string;
  /** Where the server keeps the objects, as plain files: the checker reads them without S3 and without us. */
  readonly path: string;
  readonly server: LocalS3;
  readonly proxy: S3Proxy;

  private constructor(options: { path: string; server: LocalS3; proxy: S3Proxy }) {
    this.path = options.path;
    this.server = options.server;
    this.proxy = options.proxy;
    this.url = `s3://${BUCKET}/${PREFIX}?endpoint=${options.proxy.endpoint}`;
  }

  /** @param folder for the server's data. The processes that are started later get the credentials by the environment. */
  static async open(options: { folder: string; say: (line: string) => void }): Promise<SinkBucket> {
    const server = await startLocalS3({ dataDir: options.folder, onProgress: options.say });
    const address = readS3Url(server.url);
    Object.assign(process.env, s3Environment(address));
    const admin = createAdminClient(address);
    await admin.createBucket({ Bucket: BUCKET });
    admin.destroy();
    const path = join(options.folder, 's3', 'buckets', BUCKET, PREFIX);
    await mkdir(path, { recursive: true });
    return new SinkBucket({ path, server, proxy: await S3Proxy.start(address.endpoint) });
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.server.stop();
  }
}
