import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** A request is tried again by the SDK, a body that breaks off is not. */
export const BROKEN_OFF = { retries: 3, minTimeout: 100, maxTimeout: 5_000, randomize: true } as const;

/** The answer ended before its bytes did. */
export class BodyBrokeOff extends Error {
  override readonly name = 'BodyBrokeOff';
}

/** All bytes came, and they are not those of the digest that the store has of them. */
export class BodyDamaged extends Error {
  override readonly name = 'BodyDamaged';
}

export function isBrokenOff(error: unknown): boolean {
  return error instanceof BodyBrokeOff;
}

/** Length of the whole object. */
export function totalBytes({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  // A server may answer a range that is the whole with the whole.
  return total === undefined ? (ContentLength ?? 0) : Number(total);
}

export function discard({ Body }: GetObjectCommandOutput): void {
  (Body as { destroy?: () => void } | undefined)?.destroy?.();
}
