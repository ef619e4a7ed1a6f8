import { from } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Entry } from '../../src/model/row.ts';
import { OPEN_EARLY_MAX } from '../../src/model/progress.ts';
import { gatherWindows } from '../../src/streams/gather-windows.ts';
import type { GatherWindowsOptions } from '../../src/streams/gather-windows.ts';
import { describeUnit } from '../support/describe-unit.ts';
import { gatherLog, gatherOutcome, progressAfter, WIDE } from '../support/gather-log.ts';
import { LogBuilder, startProgress } from '../support/log-builder.ts';
import { randomLog } from '../support/random-log.ts';
import { Random, SEED } from '../support/seed.ts';

const LOGS = 120;

interface Run {
  readonly seed: number;
  readonly entries: Entry[];
  readonly options: Partial<GatherWindowsOptions>;
}

/** Logs and limits at random; limits small enough that all of them are reached. */
function* randomRuns(): Generator<Run> {
  for (let i = 0; i < LOGS; i++) {
    const seed = SEED + i;
    const random = new Random(seed);
    const sizeMicros = random.pick([1, 7, 10, 60]);
    const entries = randomLog({
      random,
      entryCount: random.between(5, 150),
      sizeMicros,
      atLeastOnce: random.chance(0.5),
    });
    const options = {
      sizeMicros,
      latenessMicros: random.between(0, sizeMicros * 2),
      aheadMaxMicros: sizeMicros * 10,
      rowsMax: random.pick([2, 5, 1_000]),
      bytesMax: random.pick([12_000, 30_000, 100_000_000]),
      lateRowsMax: random.pick([1, 4, 1_000]),
      windowsMax: random.pick([3, 1_000]),
      rejectsMax: random.pick([1, 3, 1_000]),
    };
    yield { seed, entries, options };
  }
}

/** Those runs whose limits leave room for their log: the others end with ERR_WINDOWS_FULL. */
function* roomyRuns(): Generator<Run & { readonly units: readonly CommitUnit[] }> {
  for (const run of randomRuns()) {
    const { units, error } = gatherOutcome(run);
    if (error === null) yield { ...run, units };
    else expect(error).toMatchObject({ code: 'ERR_WINDOWS_FULL' });
  }
}

/** Text compares faster than nested values, and thousands of units are compared. */
const asText = (unit: CommitUnit) => JSON.stringify(describeUnit(unit));

/** Rows of a unit's seals, by offset; dropped duplicates are not among them. */
function sealedOffsets(unit: CommitUnit): number[] {
  return unit.seals.flatMap(({ rows }) => Array.from({ length: rows.count }, (_, i) => rows.offset(i)!));
}

describe('gatherWindows', () => {
  test('gives the same units again when it is restored from any of them', () => {
    let cuts = 0;
    for (const { seed, entries, options } of randomRuns()) {
      const { units, error } = gatherOutcome({ entries, options });
      const described = units.map(asText);
      units.forEach((unit, i) => {
        const progress = progressAfter(unit);
        const again = gatherOutcome({ entries, options: { ...options, progress } });
        const note = `log of seed ${seed}, cut after unit ${i}`;
        expect(again.units.map(asText), note).toEqual(described.slice(i + 1));
        expect(again.error, note).toEqual(error);
        cuts++;
      });
    }
    expect(cuts).toBeGreaterThan(LOGS);
  });

  test('gives each row exactly once: in a seal, among its duplicates, or as a reject', () => {
    for (const { seed, entries, units } of roomyRuns()) {
      const note = `log of seed ${seed}`;
      const seals = units.flatMap((unit) => unit.seals);
      const rejected = units.flatMap((unit) => unit.rejects.map(({ offset }) => offset!));
      const offsets = [...units.flatMap(sealedOffsets), ...rejected];
      const sent = entries.filter(({ kind }) => kind !== 'mark').map(({ offset }) => offset as number);

      expect(new Set(offsets).size, note).toBe(offsets.length);
      const duplicates = seals.reduce((sum, seal) => sum + seal.duplicates, 0);
      expect(offsets.length + duplicates, note).toBe(sent.length);
      expect(
        offsets.every((offset) => sent.includes(offset)),
        note,
      ).toBe(true);

      const rows = entries.filter(
        (entry) => entry.kind === 'row' || (entry.kind === 'poison' && entry.isRow),
      );
      const received = seals.reduce((sum, seal) => sum + seal.received, 0);
      const rejectedRows = units.reduce((sum, unit) => sum + unit.rejectedRows, 0);
      expect(received + rejectedRows, note).toBe(rows.length);
    }
  });

  test('moves offset, position and watermark forwards only, and holds few windows with early parts', () => {
    for (const { seed, units } of roomyRuns()) {
      const steps = units.map((unit) => unit.progress);
      steps.forEach((step, i) => {
        const before = steps[i - 1] ?? startProgress();
        const note = `log of seed ${seed}, unit ${i}`;
        expect(step.watermark >= before.watermark, note).toBe(true);
        expect(step.position >= before.position, note).toBe(true);
        expect(step.offset >= before.offset, note).toBe(true);
        expect(step.offset <= step.position, note).toBe(true);
        expect(step.early.length <= OPEN_EARLY_MAX, note).toBe(true);
        expect(
          step.early.every(({ end }) => end > step.watermark),
          note,
        ).toBe(true);
      });
    }
  });

  test('seals each window once, above the watermark before and at or below the one after', () => {
    for (const { seed, units } of roomyRuns()) {
      let watermark = 0;
      for (const { seals, progress } of units) {
        for (const { kind, window } of seals) {
          const note = `log of seed ${seed}, ${kind} ${window.end}`;
          if (kind === 'window')
            expect(window.end > watermark && window.end <= progress.watermark, note).toBe(true);
          if (kind === 'early') expect(window.end > progress.watermark, note).toBe(true);
          if (kind === 'late') expect(window.end <= watermark, note).toBe(true);
        }
        watermark = progress.watermark;
      }
    }
  });

  test('takes entries one at a time and lets the first unit out before the next entry is asked for', () => {
    const log = new LogBuilder();
    log.row('a', 5);
    log.mark(12);
    log.row('b', 15);
    const order: string[] = [];
    const pulled = (function* () {
      for (const entry of log.entries) {
        order.push(`in ${entry.offset}`);
        yield entry;
      }
    })();
    from(pulled)
      .pipe(gatherWindows({ ...WIDE, progress: startProgress() }))
      .subscribe((unit) => order.push(`out ${unit.progress.position}`));
    expect(order).toEqual(['in 0', 'in 1', 'out 2', 'in 2']);
  });

  test('ends with the error of the audit and gives no unit of the mark that fails', () => {
    const log = new LogBuilder();
    log.row('a', 5);
    log.mark(12, { rows: 2 });
    expect(() => gatherLog({ entries: log.entries })).toThrow('ERR_LEDGER_UNBALANCED');
  });
});
