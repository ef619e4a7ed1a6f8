import { createHash, webcrypto } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { TidemarkError } from '../../base/errors.ts';
import type { MemoryPool } from '../pack/memory-pool.ts';
import type { Slots } from '../slots.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Code } from './s3-fault.ts';
import { shardSettingsOf } from './write-settings.ts';

/** S3's own limit. */
const PARTS_MAX = 10_000;

export interface UploadResources {
  readonly bucket: S3Bucket;
  /** Lets `requestsMax` parts up at once, over all files of the sink. */
  readonly slots: Slots;
  readonly memory: MemoryPool<Buffer>;
}

/** The parts of one object, on their way. The upload begins with its first part; nobody sees it before `complete`. */
export class MultipartUpload {
  readonly #resources: UploadResources;
  readonly #name: string;
  readonly #parts: CompletedPart[] = [];
  readonly #digests: Buffer[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();
  readonly #cancellation = new AbortController();
  #id: Promise<string> | undefined;
  #bytes = 0;
  #count = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(resources: UploadResources, name: string) {
    this.#resources = resources;
    this.#name = name;
  }

  get hasBegun(): boolean {
    return this.#count > 0;
  }

  /**
   * Sends the first `length` bytes of a piece of the pool, which gets it back. Resolves when they are on their way: a caller
   * with more to send waits for its turn, so no more than `requestsMax` pieces are held here.
   *
   * @throws what an earlier part threw.
   */
  async send(piece: Buffer, length: number): Promise<void> {
    this.#throwFailure();
    const number = ++this.#count;
    if (number > PARTS_MAX) throw tooManyParts(this.#name, piece.length);
    this.#bytes += length;
    const { slots, memory } = this.#resources;
    await new Promise<void>((onItsWay) => {
      const sent = slots
        .hold(() => {
          onItsWay();
          return this.#sendPart(number, piece.subarray(0, length));
        })
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          memory.give(piece);
          this.#onTheirWay.delete(sent);
        });
      this.#onTheirWay.add(sent);
    });
  }

  /** Waits for the parts and makes the object of them. @param ifNoneMatch null writes over what is there. */
  async complete(ifNoneMatch: '*' | null): Promise<void> {
    await Promise.all(this.#onTheirWay);
    this.#throwFailure();
    const { bucket } = this.#resources;
    const s3 = await bucket.client();
    const { ChecksumSHA256 } = await s3.completeMultipartUpload({
      ...bucket.placeOf(this.#name),
      UploadId: await this.#id,
      MultipartUpload: { Parts: this.#parts },
      MpuObjectSize: this.#bytes,
      ...(ifNoneMatch === null ? {} : { IfNoneMatch: ifNoneMatch }),
    });
    const expected = createHash('sha256').update(Buffer.concat(this.#digests)).digest('base64');
    if (ChecksumSHA256 !== undefined && ChecksumSHA256.split('-')[0] !== expected)
      throw new Error(`the server has made it of other parts: ${ChecksumSHA256} instead of ${expected}`);
  }

  /** Lets the server forget what has gone up. */
  async abort(): Promise<void> {
    this.#cancellation.abort();
    await Promise.all(this.#onTheirWay);
    const id = await this.#id?.catch(() => undefined);
    // It was never begun, or the server did not take it.
    if (id === undefined) return;
    const { bucket } = this.#resources;
    const s3 = await bucket.client();
    try {
      await s3.abortMultipartUpload({ ...bucket.placeOf(this.#name), UploadId: id });
    } catch (error) {
      if (s3Code(error) !== 'NoSuchUpload') throw error;
    }
  }

  async #sendPart(number: number, bytes: Buffer): Promise<void> {
    this.#cancellation.signal.throwIfAborted();
    const { bucket } = this.#resources;
    // Hashed by a thread of Node's, while this one hashes the whole.
    const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
    const ChecksumSHA256 = digest.toString('base64');
    this.#id ??= this.#begin();
    const UploadId = await this.#id;
    const s3 = await bucket.client();
    const { ETag } = await s3.uploadPart(
      {
        ...bucket.placeOf(this.#name),
        ...{ UploadId, PartNumber: number, Body: bytes, ContentLength: bytes.length, ChecksumSHA256 },
      },
      { abortSignal: this.#cancellation.signal },
    );
    this.#parts[number - 1] = { PartNumber: number, ETag, ChecksumSHA256 };
    this.#digests[number - 1] = digest;
  }

  async #begin(): Promise<string> {
    const { bucket } = this.#resources;
    const s3 = await bucket.client();
    const { UploadId } = await s3.createMultipartUpload({
      ...bucket.placeOf(this.#name),
      ...shardSettingsOf(bucket.options),
      ChecksumAlgorithm: 'SHA256',
    });
    if (UploadId === undefined) throw new Error('the server has given the upload no id');
    return UploadId;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function tooManyParts(name: string, partBytes: number): TidemarkError {
  return new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `${name} has more than ${PARTS_MAX} parts of ${partBytes} bytes, the most that an object may have`,
    remedy: 'Raise sink.s3.partBytes, or lower tables[].shard.bytesMax.',
  });
}
