import { hash } from 'node:crypto';

/** The first 64 bits of a uid's sha256, as two halves: numbers of 64 bits would be BigInts, which are slow. */
export interface UidHash {
  readonly high: number;
  readonly low: number;
}

/**
 * sha256 and not the xxHash of Parquet's own filters: every language has it, so an archive can be searched without us.
 *
 * @param uid its bytes, as the index of a shard has them.
 */
export function hashUid(uid: Uint8Array): UidHash {
  const digest = hash('sha256', uid, 'buffer');
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}
