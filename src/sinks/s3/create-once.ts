import pRetry from 'p-retry';
import { TidemarkError } from '../../base/errors.ts';
import { digestOf } from '../read/digest-of.ts';
import type { PutOutcome, Sink } from '../sink.ts';
import { isBeingTaken, isTaken } from './conditional-writes.ts';
import type { ConditionalWrites } from './conditional-writes.ts';
import { s3Code } from './s3-fault.ts';

/** Who wins between two writers is decided within a request's time. */
const DECIDED = { retries: 5, minTimeout: 100, maxTimeout: 2_000, randomize: true } as const;

export interface NewObject {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The request that makes it; `ifNoneMatch` is null where the server does not keep it. */
  readonly create: (ifNoneMatch: '*' | null) => Promise<void>;
}

/**
 * Makes an object whose name must be free. When it is taken, the same bytes are a success: also our own ones, of a request
 * that arrived and whose answer was lost.
 *
 * @throws TidemarkError ERR_SHARD_CONFLICT when other bytes stand under the name.
 */
export async function createOnce(
  { sink, conditions }: { readonly sink: Sink; readonly conditions: ConditionalWrites },
  object: NewObject,
): Promise<PutOutcome> {
  const isGuarded = await conditions.areKept();
  // A look before is the best there is on a server without conditions: two writers at once may both find nothing.
  if (!isGuarded && (await isThere(sink, object))) return 'present';
  return await pRetry(
    async () => {
      try {
        await object.create(isGuarded ? '*' : null);
        return 'stored';
      } catch (error) {
        if (!isTaken(error) && !mayBeOurs(error)) throw error;
        if (await isThere(sink, object)) return 'present';
        throw error;
      }
    },
    { ...DECIDED, shouldRetry: ({ error }) => isBeingTaken(error) },
  );
}

/** An upload that is gone may have been completed by a request whose answer was lost. */
function mayBeOurs(error: unknown): boolean {
  return s3Code(error) === 'NoSuchUpload';
}

/** @returns false when the name is free. */
async function isThere(sink: Sink, { name, bytes, sha256 }: NewObject): Promise<boolean> {
  const size = await sink.size(name);
  if (size === null) return false;
  if (size === bytes && (await digestOf({ sink, name, bytes, onBytes: () => undefined })) === sha256)
    return true;
  throw new TidemarkError('ERR_SHARD_CONFLICT', {
    detail: `${name} is there with other bytes than sha256 ${sha256}`,
  });
}
