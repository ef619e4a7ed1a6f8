import { createHash } from 'node:crypto';
import type { Events } from '../../base/event-map.ts';
import { TidemarkError } from '../../base/errors.ts';
import { failpoint } from '../../base/failpoint.ts';
import type { S3Address } from '../../base/s3-address.ts';
import { MemoryPool } from '../pack/memory-pool.ts';
import type { ByteRange, PutOutcome, Sink, SinkFile } from '../sink.ts';
import { Slots } from '../slots.ts';
import { ConditionalWrites } from './conditional-writes.ts';
import { createOnce } from './create-once.ts';
import { listFolders, listNames } from './list-objects.ts';
import type { UploadResources } from './multipart-upload.ts';
import { DIGEST_METADATA, readObject } from './read-object.ts';
import { S3Bucket } from './s3-bucket.ts';
import { S3File } from './s3-file.ts';
import type { S3Options } from './s3-options.ts';
import { sizeOf } from './set-aside.ts';
import { sweepUploads } from './sweep-uploads.ts';
import { encryptionOf } from './write-settings.ts';

export interface S3SinkOptions {
  readonly url: string;
  readonly address: S3Address;
  readonly options: S3Options;
  /** Told when the server does not keep conditions. */
  readonly events?: Events | undefined;
}

/** A bucket of S3, or of a server that speaks as S3 does. What it says it has stored is durable, and seen by all at once. */
export class S3Sink implements Sink {
  readonly url: string;
  readonly #bucket: S3Bucket;
  readonly #conditions: ConditionalWrites;
  readonly #resources: UploadResources;

  constructor({ url, address, options, events }: S3SinkOptions) {
    this.url = url;
    this.#bucket = new S3Bucket(address, options);
    this.#conditions = new ConditionalWrites(this.#bucket, events);
    this.#resources = {
      bucket: this.#bucket,
      slots: new Slots(options.requestsMax),
      memory: new MemoryPool(() => Buffer.allocUnsafeSlow(options.partBytes)),
    };
  }

  async check(): Promise<void> {
    await this.#conditions.areKept();
  }

  async sweep(): Promise<number> {
    return await this.#bucket.ask('sweeping unfinished uploads', () => sweepUploads(this.#bucket));
  }

  createFile(name: string): Promise<SinkFile> {
    return this.#bucket.ask(`creating ${name}`, () => {
      this.#bucket.placeOf(name);
      return Promise.resolve(
        new S3File({ ...this.#resources, name, sink: this, conditions: this.#conditions }),
      );
    });
  }

  async putObject(name: string, bytes: Uint8Array): Promise<PutOutcome> {
    return await this.#bucket.ask(`storing ${name}`, async (s3) => {
      const place = this.#bucket.placeOf(name);
      const digest = createHash('sha256').update(bytes).digest();
      const sha256 = digest.toString('hex');
      const outcome = await createOnce(
        { sink: this, conditions: this.#conditions },
        {
          name,
          bytes: bytes.length,
          sha256,
          create: async (ifNoneMatch) => {
            await s3.putObject({
              ...place,
              ...encryptionOf(this.#bucket.options),
              Body: bytes,
              ContentLength: bytes.length,
              ContentType: name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
              ChecksumSHA256: digest.toString('base64'),
              Metadata: { [DIGEST_METADATA]: sha256 },
              ...(ifNoneMatch === null ? {} : { IfNoneMatch: ifNoneMatch }),
            });
          },
        },
      );
      failpoint('manifest:written');
      return outcome;
    });
  }

  async size(name: string): Promise<number | null> {
    return await this.#bucket.ask(`looking for ${name}`, () => sizeOf(this.#bucket, name));
  }

  async readRange(name: string, range: ByteRange): Promise<Buffer> {
    return await this.#bucket.ask(`reading ${name}`, async () => {
      if (range.length > 0) return await readObject(this.#bucket, name, range);
      // S3 has no empty range.
      const bytes = await sizeOf(this.#bucket, name);
      if (bytes !== null && range.offset <= bytes) return Buffer.alloc(0);
      const what = bytes === null ? 'is missing' : `ends before byte ${range.offset}`;
      throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${name} ${what}` });
    });
  }

  /** What is there is durable already. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  list(prefix: string): AsyncGenerator<string> {
    return this.#each(`listing ${prefix}`, listNames(this.#bucket, prefix));
  }

  listFolders(prefix: string): AsyncGenerator<string> {
    return this.#each(`listing ${prefix}`, listFolders(this.#bucket, prefix));
  }

  async *#each(what: string, names: AsyncGenerator<string>): AsyncGenerator<string> {
    for (;;) {
      const next = await this.#bucket.ask(what, () => names.next());
      if (next.done === true) return;
      yield next.value;
    }
  }
}
