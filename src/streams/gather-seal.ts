import type { SealUnit } from '../model/commit-unit.ts';
import type { Entry } from '../model/row.ts';
import type { Offset } from '../model/offset.ts';
import type { SealKind } from '../model/shard.ts';
import type { Window } from '../model/window.ts';
import { placeEntry } from './assign-to-window.ts';
import { sealUnit } from './seal-unit.ts';
import { WindowBuffer } from './window-buffer.ts';

export interface SealGatheringOptions {
  readonly window: Window;
  readonly kind: SealKind;
  /** How far created_at may lie ahead of the server's clock. */
  readonly aheadMaxMicros: number;
}

/**
 * Gathers the rows of one window once more, from a stretch of the log or from the table, with the very pieces that
 * gathered them first. Without marks: the manifest of the seal says where the stretch begins and ends, and between
 * these two every row of the window belongs to that seal.
 */
export class SealGathering {
  readonly #options: SealGatheringOptions;
  #buffer: WindowBuffer | undefined;

  constructor(options: SealGatheringOptions) {
    this.#options = options;
  }

  take(entry: Entry): void {
    if (entry.kind !== 'row') return;
    const { window, aheadMaxMicros } = this.#options;
    const sizeMicros = window.end - window.start;
    const audited = { entry, before: null, after: null, surplusRows: 0 };
    const placed = placeEntry(audited, { sizeMicros, aheadMaxMicros, position: 0 as Offset });
    if (placed.kind !== 'row' || placed.end !== window.end) return;
    this.#buffer ??= new WindowBuffer({ offset: entry.offset, audit: null });
    this.#buffer.add(entry);
  }

  /** Sorted and without duplicates. Take nothing afterwards. */
  close(): SealUnit {
    const { window, kind } = this.#options;
    return sealUnit({
      kind,
      end: window.end,
      sizeMicros: window.end - window.start,
      buffer: this.#buffer ?? null,
      earlyPosition: null,
      isAgain: true,
    });
  }
}
