import { TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import type { BatchPart } from '../model/batch.ts';
import { isBalanced } from '../model/ledger.ts';
import type { SealRequest, SealResult, SealWindow } from '../model/seal.ts';
import type { SealName } from '../model/shard.ts';
import { contentNumber } from './content-number.ts';

export interface CycleSealsOptions {
  readonly table: string;
  readonly partitionCount: number;
  readonly seal: SealWindow;
  /** True when a manifest of this window and partition is on the sink. */
  readonly isSealed: (name: SealName) => Promise<boolean>;
  readonly events: Events;
  /** The caller has left out what stands in shards already, and asks again about what fails. */
  readonly isPerRecord: boolean;
}

/**
 * Seals the parts of a cycle under the names that the stream would give them.
 *
 * A window that an earlier cycle has sealed with the same rows is found and adopted; with other rows (one came late, one
 * was deleted meanwhile) it stays as it is, and what it lacks becomes a supplement.
 */
export class CycleSeals {
  readonly #options: CycleSealsOptions;
  /** Shards so far of the windows that have early parts. */
  readonly #early = new Map<string, number>();

  constructor(options: CycleSealsOptions) {
    this.#options = options;
  }

  /** @throws TidemarkError as the sealer does, ERR_LEDGER_UNBALANCED. */
  async seal(part: BatchPart, signal: AbortSignal): Promise<SealResult> {
    const { table, events } = this.#options;
    const beganAt = performance.now();
    const result = await this.#sealOrSupplement(part, signal);
    this.#note(part, result);
    const { window, kind, ledger, shards, rejects } = result.manifest;
    const place = { table, partition: part.partition };
    const durationMs = performance.now() - beganAt;
    // What an earlier cycle had sealed was counted then.
    if (!result.reused && shards.length > 0)
      events.emit('window:sealed', { ...place, window, kind, ledger, shards, durationMs });
    for (const reason of new Set(rejects.map((reject) => reject.reason))) {
      const rows = rejects.filter((reject) => reject.reason === reason).length;
      events.emit('row:rejected', { ...place, reason, rows });
    }
    return result;
  }

  async #sealOrSupplement(part: BatchPart, signal: AbortSignal): Promise<SealResult> {
    const request = this.#request(part);
    try {
      return await this.#sealChecked(request, signal);
    } catch (error) {
      const isConflict = error instanceof TidemarkError && error.code === 'ERR_SHARD_CONFLICT';
      if (!isConflict || part.kind === 'late' || !(await this.#options.isSealed(request.name))) throw error;
      return this.#sealChecked(this.#request({ ...part, kind: 'late' }), signal);
    }
  }

  async #sealChecked(request: SealRequest, signal: AbortSignal): Promise<SealResult> {
    const result = await this.#options.seal(request, signal);
    const { ledger } = result.manifest;
    const received = request.rows.count + request.duplicates + (request.rejects?.length ?? 0);
    if (isBalanced(ledger) && ledger.received === received) return result;
    throw new TidemarkError('ERR_LEDGER_UNBALANCED', {
      detail: `${result.manifestName}: read ${received}, received ${ledger.received} = archived ${ledger.archived} + duplicates ${ledger.duplicates} + rejected ${ledger.rejected}`,
    });
  }

  #request({ kind, window, partition, rows, duplicates, rejects }: BatchPart): SealRequest {
    const { table, partitionCount, isPerRecord } = this.#options;
    const parts = this.#early.get(placeOf({ window, partition }));
    return {
      name: {
        ...{ table, window, partition, partitionCount, kind },
        firstOffset: kind === 'window' ? null : contentNumber(rows),
      },
      ...{ rows, duplicates, rejects },
      offsets: null,
      firstPart: kind === 'late' ? 1 : (parts ?? 0) + 1,
      dropCommitted: !isPerRecord && (kind !== 'window' || parts !== undefined),
      ...(isPerRecord ? { skipEmpty: true as const } : {}),
    };
  }

  #note({ kind, window, partition }: BatchPart, { manifest }: SealResult): void {
    const key = placeOf({ window, partition });
    if (kind !== 'early') this.#early.delete(key);
    else this.#early.set(key, (this.#early.get(key) ?? 0) + partsOf(manifest));
  }
}

/** A supplement in place of an early part has taken none of the window's numbers. */
function partsOf({ kind, shards }: SealResult['manifest']): number {
  return kind === 'early' ? shards.length : 0;
}

function placeOf({ window, partition }: Pick<BatchPart, 'window' | 'partition'>): string {
  return `${window.end}/${partition}`;
}
