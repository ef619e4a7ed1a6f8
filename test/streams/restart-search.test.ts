import { from, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CommitUnit, SealUnit } from '../../src/model/commit-unit.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { EarlyWindow } from '../../src/model/progress.ts';
import type { Entry, MarkEntry } from '../../src/model/row.ts';
import { gatherWindows } from '../../src/streams/gather-windows.ts';
import type { GatherWindowsOptions } from '../../src/streams/gather-windows.ts';
import { OpenRowsSearch, reaches } from '../../src/streams/restart-search.ts';
import { computeBack } from '../../src/watermark/adjusted-progress.ts';
import { describeSeal } from '../support/describe-unit.ts';
import { gatherLog, progressAfter, WIDE } from '../support/gather-log.ts';
import { startProgress } from '../support/log-builder.ts';
import { randomLog } from '../support/random-log.ts';
import { Random, SEED } from '../support/seed.ts';

const SIZE = 10;
const LOGS = 20;

/** A unit and the entry that brought it out. */
interface Emitted {
  readonly at: Offset;
  readonly unit: CommitUnit;
}

function gatherWithOffsets(entries: readonly Entry[], options: GatherWindowsOptions): Emitted[] {
  const emitted: Emitted[] = [];
  let at = 0 as Offset;
  from(entries)
    .pipe(
      tap((entry) => (at = entry.offset)),
      gatherWindows(options),
    )
    .subscribe((unit) => emitted.push({ at, unit }));
  return emitted;
}

/** What the manifests of early parts before a position say of the windows above `to`. */
function earlyBefore(emitted: readonly Emitted[], to: Micros, position: Offset): EarlyWindow[] {
  const windows = new Map<Micros, EarlyWindow>();
  for (const seal of emitted.flatMap(({ unit }) => unit.seals)) {
    const { end } = seal.window;
    if (seal.kind !== 'early' || end <= to || seal.lastOffset >= position) continue;
    const parts = (windows.get(end)?.parts ?? 0) + 1;
    windows.set(end, { end, position: (seal.lastOffset + 1) as Offset, parts });
  }
  return [...windows.values()];
}

/** What was sealed once the watermark stood at `to`. */
function sealedAfter(
  emitted: readonly Emitted[],
  mark: MarkEntry,
  to: Micros,
  which: 'all' | 'at the mark' = 'all',
): SealUnit[] {
  return emitted.flatMap(({ at, unit }) => {
    if (at > mark.offset) return which === 'all' ? unit.seals : [];
    return at < mark.offset
      ? []
      : unit.seals.filter(({ kind, window }) => kind !== 'late' && window.end > to);
  });
}

function sumReceived(seals: readonly SealUnit[]): number {
  return seals.reduce((sum, { received }) => sum + received, 0);
}

/** Rows of every fate that are committed once the mark is done with. */
function rowsUntil(emitted: readonly Emitted[], mark: MarkEntry): number {
  const units = emitted.filter(({ at }) => at <= mark.offset).map(({ unit }) => unit);
  return units.reduce((sum, unit) => sum + sumReceived(unit.seals) + unit.rejectedRows, 0);
}

const outline = (seal: SealUnit): string => describeSeal(seal).replace(', drop committed', '');

describe('a watermark that is set back', () => {
  it('gathers the same seals as before from every window edge of random logs', () => {
    const random = new Random(SEED);
    let compared = 0;
    for (let round = 0; round < LOGS; round++) {
      const limits = { rowsMax: random.pick([3, 20, 1_000]), lateRowsMax: random.pick([2, 1_000]) };
      const options = { ...WIDE, ...limits, sizeMicros: SIZE, progress: startProgress() };
      const entries = randomLog({ random, entryCount: 150, sizeMicros: SIZE, atLeastOnce: false });
      const emitted = gatherWithOffsets(entries, options);
      const before = progressAfter(emitted.at(-1)!.unit);
      for (let edge = SIZE; edge < before.watermark && edge < 40 * SIZE; edge += SIZE) {
        const to = edge as Micros;
        const search = { ...options, to };
        const mark = entries.find(
          (entry): entry is MarkEntry => entry.kind === 'mark' && reaches(entry, search),
        )!;
        const early = earlyBefore(emitted, to, mark.offset);
        const open = new OpenRowsSearch({
          ...search,
          early: new Map(early.map(({ end, position }) => [end, position])),
        });
        for (const entry of entries) if (entry.offset < mark.offset) open.take(entry);
        const point = {
          position: mark.offset,
          offset: open.oldest ?? mark.offset,
          rowsSealed: mark.mark.rowsTotal - open.rows,
          early,
        };
        const counted = rowsUntil(emitted, mark) - sumReceived(sealedAfter(emitted, mark, to, 'at the mark'));
        expect(point.rowsSealed, `seed ${SEED}, log ${round}, back to ${to}`).toBe(counted);
        const progress = computeBack({ before, to, point, windowSizeMicros: SIZE });
        const again = gatherLog({ entries, options: { ...options, progress } }).flatMap(({ seals }) => seals);
        const expected = sealedAfter(emitted, mark, to);
        expect(again.map(outline), `seed ${SEED}, log ${round}, back to ${to}`).toEqual(
          expected.map(outline),
        );
        expect(again.filter(({ dropCommitted }) => !dropCommitted)).toEqual([]);
        compared += again.length;
      }
    }
    expect(compared).toBeGreaterThan(LOGS);
  });
});
