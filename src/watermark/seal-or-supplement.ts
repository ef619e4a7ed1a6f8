import { TidemarkError } from '../base/errors.ts';
import type { Micros } from '../model/micros.ts';
import type { SealResult } from '../model/seal.ts';
import { sealDurably } from './seal-durably.ts';
import type { SealDurablyOptions } from './seal-durably.ts';

/**
 * Seals one unit. A window that was sealed before the group's offsets were lost, with other rows than the log brings
 * now, stays as it is: what it lacks becomes a supplement. With the same rows it is adopted by the sealer.
 *
 * @param sealedUntil windows up to here may stand already; undefined when there are none.
 */
export async function sealOrSupplement(
  options: SealDurablyOptions,
  sealedUntil: Micros | undefined,
): Promise<SealResult> {
  const { unit } = options;
  const mayStand = unit.kind === 'window' && sealedUntil !== undefined && unit.window.end <= sealedUntil;
  try {
    return await sealDurably(options);
  } catch (error) {
    const stands = mayStand && error instanceof TidemarkError && error.code === 'ERR_SHARD_CONFLICT';
    if (!stands) throw error;
    return sealDurably({ ...options, unit: { ...unit, kind: 'late', dropCommitted: true } });
  }
}
