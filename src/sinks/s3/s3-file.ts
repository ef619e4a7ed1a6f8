import { createHash } from 'node:crypto';
import { failpoint } from '../../base/failpoint.ts';
import type { Sink, SinkFile, StoredFile } from '../sink.ts';
import type { ConditionalWrites } from './conditional-writes.ts';
import { createOnce } from './create-once.ts';
import { MultipartUpload } from './multipart-upload.ts';
import type { UploadResources } from './multipart-upload.ts';
import { setAside } from './set-aside.ts';
import { shardSettingsOf } from './write-settings.ts';

export interface S3FileOptions extends UploadResources {
  readonly name: string;
  readonly sink: Sink;
  readonly conditions: ConditionalWrites;
}

/** A file on its way into a bucket: in one request when it is small, in parts while it is still written when it is not. */
export class S3File implements SinkFile {
  readonly #options: S3FileOptions;
  readonly #upload: MultipartUpload;
  readonly #hash = createHash('sha256');
  #filling: Buffer | undefined;
  #filledBytes = 0;
  #bytes = 0;
  #isStored = false;

  constructor(options: S3FileOptions) {
    this.#options = options;
    this.#upload = new MultipartUpload(options, options.name);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { bucket, name, memory } = this.#options;
    await bucket.ask(`writing ${name}`, async () => {
      this.#hash.update(bytes);
      this.#bytes += bytes.length;
      for (let at = 0; at < bytes.length;) {
        this.#filling ??= memory.take();
        const part = bytes.subarray(at, at + this.#filling.length - this.#filledBytes);
        this.#filling.set(part, this.#filledBytes);
        this.#filledBytes += part.length;
        at += part.length;
        if (this.#filledBytes === this.#filling.length) await this.#sendFilled();
      }
    });
  }

  async finish(): Promise<StoredFile> {
    const { bucket, name } = this.#options;
    return await bucket.ask(`storing ${name}`, async () => {
      failpoint('shard:temp-written');
      const { bytes, sha256 } = await this.#sendRest();
      const create = (ifNoneMatch: '*' | null) => this.#create(sha256, ifNoneMatch);
      const outcome = await createOnce(this.#options, { name, bytes, sha256, create });
      if (outcome === 'present') await this.#upload.abort();
      this.#isStored = true;
      failpoint('shard:synced');
      return { outcome, bytes, sha256 };
    });
  }

  async replace(): Promise<StoredFile> {
    const { bucket, name } = this.#options;
    return await bucket.ask(`putting ${name} back`, async () => {
      const { bytes, sha256 } = await this.#sendRest();
      await setAside(bucket, name);
      await this.#create(sha256, null);
      this.#isStored = true;
      return { outcome: 'stored', bytes, sha256 };
    });
  }

  async abort(): Promise<void> {
    if (this.#isStored) return;
    const { bucket, name } = this.#options;
    this.#giveFilled();
    await bucket.ask(`removing the beginning of ${name}`, () => this.#upload.abort());
  }

  async #sendRest(): Promise<{ bytes: number; sha256: string }> {
    if (this.#upload.hasBegun && this.#filledBytes > 0) await this.#sendFilled();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async #sendFilled(): Promise<void> {
    const [piece, length] = [this.#filling!, this.#filledBytes];
    this.#filling = undefined;
    this.#filledBytes = 0;
    await this.#upload.send(piece, length);
  }

  async #create(sha256: string, ifNoneMatch: '*' | null): Promise<void> {
    if (this.#upload.hasBegun) {
      await this.#upload.complete(ifNoneMatch);
      return;
    }
    const { bucket, name } = this.#options;
    const s3 = await bucket.client();
    await s3.putObject({
      ...bucket.placeOf(name),
      ...shardSettingsOf(bucket.options),
      Body: this.#filling?.subarray(0, this.#filledBytes) ?? Buffer.alloc(0),
      ContentLength: this.#filledBytes,
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
      ...(ifNoneMatch === null ? {} : { IfNoneMatch: ifNoneMatch }),
    });
    this.#giveFilled();
  }

  #giveFilled(): void {
    if (this.#filling !== undefined) this.#options.memory.give(this.#filling);
    this.#filling = undefined;
    this.#filledBytes = 0;
  }
}
