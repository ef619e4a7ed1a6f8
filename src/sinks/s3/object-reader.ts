import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { assert } from '../../base/assert.ts';
import { BROKEN_OFF, BodyBrokeOff, BodyDamaged, isBrokenOff, totalBytes } from './answer-body.ts';
import { md5Of } from './object-digest.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { requestObject } from './source-request.ts';
import type { ObjectWish } from './source-request.ts';

interface ReaderWish extends ObjectWish {
  /** A body that breaks off is gone on with where it broke; otherwise reading fails with {@link BodyBrokeOff}. */
  readonly resumes: boolean;
}

/**
 * Reads an object from its first byte on, never more at once than is taken. All its bytes are of one state of the object:
 * every request after the first asks for that one's ETag.
 */
export class ObjectReader {
  /** Of the whole object. */
  readonly sizeBytes: number;
  readonly etag: string;
  readonly #bucket: S3Bucket;
  readonly #wish: ReaderWish;
  readonly #to: number;
  readonly #md5: { readonly hash: Hash; readonly expected: string } | null;
  #at: number;
  #body!: Readable;
  #chunks!: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  private constructor(bucket: S3Bucket, wish: ReaderWish, response: GetObjectCommandOutput) {
    this.#bucket = bucket;
    this.#wish = wish;
    this.sizeBytes = totalBytes(response);
    this.etag = response.ETag ?? '';
    this.#at = wish.range?.from ?? 0;
    this.#to = wish.range?.to ?? this.sizeBytes;
    const expected = wish.range === null ? md5Of(response) : null;
    this.#md5 = expected === null ? null : { hash: createHash('md5'), expected };
    this.#take(response);
  }

  /** @throws SourceRefusal for an object that is gone or another one, S3SourceFault for what may pass. */
  static async open(bucket: S3Bucket, wish: ReaderWish): Promise<ObjectReader> {
    // A body that is gone on with has no checksum any more; its MD5 is counted here.
    return new ObjectReader(bucket, wish, await requestObject(bucket, { ...wish, checks: !wish.resumes }));
  }

  /** Bytes of the range that are still to be taken. */
  get left(): number {
    return this.#to - this.#at;
  }

  /**
   * Takes the next bytes.
   *
   * @throws BodyBrokeOff, SourceRefusal, S3SourceFault; the signal's reason.
   */
  async read(target: Uint8Array, at: number, length: number): Promise<void> {
    assert(length <= this.left, 'nobody reads behind the range');
    for (let done = 0; done < length;) {
      if (this.#chunk.length === 0) this.#chunk = await this.#nextChunk();
      const part = this.#chunk.subarray(0, length - done);
      target.set(part, at + done);
      this.#md5?.hash.update(part);
      this.#chunk = this.#chunk.subarray(part.length);
      done += part.length;
      this.#at += part.length;
    }
  }

  /** To be asked when all is read. @throws BodyDamaged when it is not what the store says that it is; BodyBrokeOff. */
  async finish(): Promise<void> {
    assert(this.left === 0, 'all of it must have been read');
    let rest: IteratorResult<Uint8Array>;
    try {
      rest = await this.#chunks.next();
    } catch (cause) {
      this.#wish.signal.throwIfAborted();
      // The SDK compares the store's checksum behind the last byte.
      throw new BodyDamaged('the bytes of an object do not have its checksum', { cause });
    }
    if (this.#chunk.length > 0 || rest.done !== true) throw new BodyBrokeOff('the answer is too long');
    if (this.#md5 !== null && this.#md5.hash.digest('hex') !== this.#md5.expected)
      throw new BodyDamaged('the bytes of an object do not have the MD5 that its ETag is');
  }

  /** Ends the request, wherever it is. */
  close(): void {
    this.#body.destroy();
  }

  async #nextChunk(): Promise<Uint8Array> {
    const { resumes, signal } = this.#wish;
    let isFirst = true;
    return await pRetry(
      async () => {
        if (!isFirst) await this.#resume();
        isFirst = false;
        return await this.#pull();
      },
      {
        ...BROKEN_OFF,
        retries: resumes ? BROKEN_OFF.retries : 0,
        signal,
        shouldRetry: ({ error }) => isBrokenOff(error),
      },
    );
  }

  async #pull(): Promise<Uint8Array> {
    try {
      for (;;) {
        const next = await this.#chunks.next();
        if (next.done === true) throw new Error('it ended');
        if (next.value.length > 0) return next.value;
      }
    } catch (cause) {
      this.#wish.signal.throwIfAborted();
      throw new BodyBrokeOff(`the answer broke off before byte ${this.#at} of ${this.sizeBytes}`, { cause });
    }
  }

  async #resume(): Promise<void> {
    this.close();
    const range = { from: this.#at, to: this.#to };
    this.#take(await requestObject(this.#bucket, { ...this.#wish, range, pin: this.etag, checks: false }));
  }

  #take({ Body }: GetObjectCommandOutput): void {
    this.#body = Body as Readable;
    // Told to whoever reads; to nobody when reading was given up.
    this.#body.on('error', () => undefined);
    this.#chunks = this.#body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }
}
