import pRetry from 'p-retry';
import { isRetryable, remedyOf, TidemarkError } from '../base/errors.ts';
import type { Events } from '../base/event-map.ts';
import { troubleOf } from '../base/trouble.ts';
import type { SealUnit } from '../model/commit-unit.ts';
import { isBalanced } from '../model/ledger.ts';
import type { SealRequest, SealResult, SealWindow } from '../model/seal.ts';

export interface SealDurablyOptions {
  readonly unit: SealUnit;
  /** Shards that the window's early parts have taken already. */
  readonly parts: number;
  readonly place: { readonly table: string; readonly partition: number; readonly partitionCount: number };
  readonly seal: SealWindow;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Seals one unit; what may pass (I/O error, disk full, sink away) is tried again for as long as it takes, and the
 * watermark waits.
 *
 * @throws TidemarkError ERR_LEDGER_UNBALANCED when rows went in that did not come out; the signal's reason.
 */
export function sealDurably(options: SealDurablyOptions): Promise<SealResult> {
  const { unit, place, events, signal } = options;
  const request = writeRequest(options);
  return pRetry(
    async () => {
      const result = await options.seal(request, signal);
      checkLedger(unit, result);
      return result;
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: BACKOFF_MIN_MS,
      maxTimeout: BACKOFF_MAX_MS,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isRetryable(error),
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (isRetryable(error)) {
          const remedy = remedyOf(error);
          const reason = error.message;
          events.emit('partition:failed', { ...place, reason, remedy, attempt: attemptNumber });
          events.emit('partition:troubled', { ...place, trouble: troubleOf(error, { isFinal: false }) });
        }
      },
    },
  );
}

/** Short enough that a passing fault costs nothing, long enough not to hammer a sink that is down. */
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 15_000;

function writeRequest({ unit, parts, place }: SealDurablyOptions): SealRequest {
  return {
    name: {
      ...place,
      window: unit.window,
      kind: unit.kind,
      firstOffset: unit.kind === 'window' ? null : unit.firstOffset,
    },
    rows: unit.rows,
    duplicates: unit.duplicates,
    offsets: { first: unit.firstOffset, last: unit.lastOffset },
    firstPart: unit.kind === 'late' ? 1 : parts + 1,
    dropCommitted: unit.dropCommitted,
  };
}

function checkLedger(unit: SealUnit, { manifest, manifestName }: SealResult): void {
  const { ledger } = manifest;
  if (isBalanced(ledger) && ledger.received === unit.received) return;
  throw new TidemarkError('ERR_LEDGER_UNBALANCED', {
    detail: `${manifestName}: gathered ${unit.received}, received ${ledger.received} = archived ${ledger.archived} + duplicates ${ledger.duplicates} + rejected ${ledger.rejected}`,
  });
}
