import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3 } from '@aws-sdk/client-s3';
import { createAdminClient, removeBucket } from '../../test/support/services/s3-admin.ts';
import { readS3Url, s3Environment } from '../../test/support/services/s3-url.ts';

const PREFIX = 'archive/';

/** A bucket of the demo's own, and the way to look into it without Tidemark. */
export class DemoBucket {
  /** As tidemark.yaml names it. */
  readonly sinkUrl: string;
  readonly #s3: S3;
  readonly #name: string;

  private constructor(options: { s3: S3; name: string; endpoint: string }) {
    this.#s3 = options.s3;
    this.#name = options.name;
    this.sinkUrl = `s3://${options.name}/${PREFIX}?endpoint=${options.endpoint}`;
  }

  /** Credentials go to the commands as an operator gives them: by the environment. */
  static async make(options: { s3Url: string; name: string }): Promise<DemoBucket> {
    const server = readS3Url(options.s3Url);
    Object.assign(process.env, s3Environment(server));
    const s3 = createAdminClient(server);
    const name = options.name.replaceAll('_', '-');
    await s3.createBucket({ Bucket: name });
    return new DemoBucket({ s3, name, endpoint: server.endpoint });
  }

  /**
   * Downloads the objects whose names end so and that are not in the folder yet, with the SDK alone.
   *
   * @returns how many.
   */
  async download(options: { suffix: string; folder: string }): Promise<number> {
    let downloaded = 0;
    let token: string | undefined;
    do {
      const page = await this.#s3.listObjectsV2({
        Bucket: this.#name,
        Prefix: PREFIX,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      for (const { Key = '' } of page.Contents ?? []) {
        const path = join(options.folder, Key.slice(PREFIX.length));
        if (!Key.endsWith(options.suffix) || existsSync(path)) continue;
        mkdirSync(dirname(path), { recursive: true });
        const { Body } = await this.#s3.getObject({ Bucket: this.#name, Key });
        await pipeline(Body as Readable, createWriteStream(path));
        downloaded++;
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return downloaded;
  }

  async remove(): Promise<void> {
    await removeBucket(this.#s3, this.#name);
    this.#s3.destroy();
  }
}
