import type { SealUnit } from '../model/commit-unit.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { SealKind } from '../model/shard.ts';
import { noRows } from './window-buffer.ts';
import type { WindowBuffer } from './window-buffer.ts';

/**
 * Closes a buffer into what the sinks seal.
 *
 * A window whose rows all stand in early parts closes with no rows, so that its manifest and event say it is
 * complete; its offsets are then the position up to which those parts go.
 */
export function sealUnit(closed: {
  readonly kind: SealKind;
  readonly end: Micros;
  readonly sizeMicros: number;
  readonly buffer: WindowBuffer | null;
  /** Up to where the window's rows are sealed in early parts already; null when it has none. */
  readonly earlyPosition: Offset | null;
  /** True when the window was sealed before the watermark was set back. */
  readonly isAgain: boolean;
}): SealUnit {
  const { kind, end, sizeMicros, buffer, earlyPosition, isAgain } = closed;
  const { rows, duplicates } = buffer?.close() ?? { rows: noRows(), duplicates: 0 };
  const nowhere = earlyPosition ?? (0 as Offset);
  return {
    kind,
    window: { start: (end - sizeMicros) as Micros, end },
    firstOffset: buffer?.firstOffset ?? nowhere,
    lastOffset: buffer?.lastOffset ?? nowhere,
    received: buffer?.count ?? 0,
    retried: buffer?.retried ?? 0,
    duplicates,
    rows,
    dropCommitted: kind === 'late' || earlyPosition !== null || isAgain,
  };
}
