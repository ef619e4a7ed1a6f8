import pRetry from 'p-retry';
import type { S3Address } from '../../base/s3-address.ts';
import { Slots } from '../slots.ts';
import { BROKEN_OFF, BodyBrokeOff, BodyDamaged } from './answer-body.ts';
import { copyObject } from './copy-object.ts';
import type { ObjectToCopy } from './copy-object.ts';
import { ObjectReader } from './object-reader.ts';
import { removeObject } from './remove-object.ts';
import type { ReadObject } from './remove-object.ts';
import { S3Bucket } from './s3-bucket.ts';
import { S3SourceFault } from './s3-fault.ts';
import { S3_DEFAULTS } from './s3-options.ts';
import { SOURCE_USE } from './s3-remedy.ts';
import { lookAtObject } from './source-request.ts';
import type { ObjectWish, SeenObject } from './source-request.ts';

/** Which of the buckets, and what of it. */
export type SourceWish = ObjectWish & { readonly root: number };

/** The buckets that source files lie in: so many requests at once, over all of them. */
export class SourceBuckets {
  readonly addresses: readonly S3Address[];
  readonly #buckets: readonly S3Bucket[];
  readonly #slots: Slots;

  constructor(options: { readonly addresses: readonly S3Address[]; readonly requestsMax: number }) {
    const { addresses, requestsMax } = options;
    this.addresses = addresses;
    const s3 = { ...S3_DEFAULTS, requestsMax };
    this.#buckets = addresses.map((address) => new S3Bucket(address, s3, SOURCE_USE));
    this.#slots = new Slots(requestsMax);
  }

  /** @throws SourceRefusal for an object that is gone, S3SourceFault for what may pass; the signal's reason. */
  look({ root, key, signal }: Pick<SourceWish, 'root' | 'key' | 'signal'>): Promise<SeenObject> {
    return this.#slots.hold(() => lookAtObject(this.#buckets[root]!, { key, signal }));
  }

  /** @throws S3SourceFault for what may pass; the signal's reason. */
  remove({ root, ...object }: ReadObject & { readonly root: number }): ReturnType<typeof removeObject> {
    return this.#slots.hold(() => removeObject(this.#buckets[root]!, object));
  }

  /** @throws S3SourceFault for what may pass; the signal's reason. */
  copy({ root, ...object }: ObjectToCopy & { readonly root: number }): ReturnType<typeof copyObject> {
    return this.#slots.hold(() => copyObject(this.#buckets[root]!, object));
  }

  /**
   * Reads an object, and reads it again from its first byte when its answer broke off or was damaged.
   *
   * @param reading is given a reader of its own each time; the request ends with it.
   * @throws as {@link look} does, and what the reading throws.
   */
  async read<T>(
    wish: SourceWish & { readonly resumes: boolean },
    reading: (reader: ObjectReader) => Promise<T>,
  ): Promise<T> {
    const bucket = this.#buckets[wish.root]!;
    try {
      return await pRetry(
        () =>
          this.#slots.hold(async () => {
            wish.signal.throwIfAborted();
            const reader = await ObjectReader.open(bucket, wish);
            try {
              return await reading(reader);
            } finally {
              reader.close();
            }
          }),
        { ...BROKEN_OFF, signal: wish.signal, shouldRetry: ({ error }) => isReadAgain(error) },
      );
    } catch (error) {
      throw isReadAgain(error) ? new S3SourceFault(error, bucket) : error;
    }
  }
}

function isReadAgain(error: unknown): boolean {
  return error instanceof BodyBrokeOff || error instanceof BodyDamaged;
}
