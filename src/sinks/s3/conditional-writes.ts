import type { Events } from '../../base/event-map.ts';
import { TEMPORARY_FOLDER } from '../sink-name.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Code, s3Status } from './s3-fault.ts';
import { encryptionOf } from './write-settings.ts';

/** It stays in the bucket, so that nobody needs the right to remove anything. */
export const MARKER = `${TEMPORARY_FOLDER}/conditional-writes`;

/**
 * Whether the server keeps `If-None-Match: *`: a name that is taken is not written again, whoever asks. Found out by
 * trying, once, before the first write; a server that ignores it is told of (`sink:unguarded`).
 */
export class ConditionalWrites {
  readonly #bucket: S3Bucket;
  readonly #events: Events | undefined;
  #kept: Promise<boolean> | undefined;

  constructor(bucket: S3Bucket, events?: Events) {
    this.#bucket = bucket;
    this.#events = events;
  }

  /** @throws TidemarkError ERR_SINK_UNAVAILABLE when the bucket cannot be written. */
  async areKept(): Promise<boolean> {
    this.#kept ??= this.#find();
    try {
      return await this.#kept;
    } catch (error) {
      // The bucket was away; the next write asks again.
      this.#kept = undefined;
      throw error;
    }
  }

  async #find(): Promise<boolean> {
    const areKept = await this.#bucket.ask('trying to write', async () => {
      // The first try may have made the marker; only one that stood there already can be refused.
      return (await this.#tryMarker()) === 'refused' || (await this.#tryMarker()) === 'refused';
    });
    if (!areKept) this.#events?.emit('sink:unguarded', { bucket: this.#bucket.address.bucket });
    return areKept;
  }

  async #tryMarker(): Promise<'written' | 'refused' | 'unknown'> {
    const s3 = await this.#bucket.client();
    const marker = { ...this.#bucket.ownPlaceOf(MARKER), ...encryptionOf(this.#bucket.options) };
    try {
      await s3.putObject({ ...marker, Body: 'tidemark', IfNoneMatch: '*' });
      return 'written';
    } catch (error) {
      if (isTaken(error)) return 'refused';
      if (!isNotImplemented(error)) throw error;
      // It must be writable all the same.
      await s3.putObject({ ...marker, Body: 'tidemark' });
      return 'unknown';
    }
  }
}

/** The name is taken, or somebody is taking it in this moment. */
export function isTaken(error: unknown): boolean {
  return s3Status(error) === 412 || isBeingTaken(error);
}

/** Another write of this name is under way; who wins is not known yet. */
export function isBeingTaken(error: unknown): boolean {
  return s3Status(error) === 409;
}

function isNotImplemented(error: unknown): boolean {
  return s3Status(error) === 501 || s3Code(error) === 'NotImplemented';
}
