import { describe, expect, test } from 'vitest';
import { OPEN_EARLY_MAX } from '../../src/model/progress.ts';
import { describeUnit } from '../support/describe-unit.ts';
import { gatherLog, progressAfter } from '../support/gather-log.ts';
import { LogBuilder } from '../support/log-builder.ts';

/** A row of about `bytes` bytes in window number `window`. */
function addRow(log: LogBuilder, window: number, bytes = 0): void {
  log.row(`u${log.entries.length}`, window * 10 - 5, { line: Buffer.alloc(bytes) });
}

/** As many windows with early parts as an offset has room for. */
function logWithFullEarlyList(): LogBuilder {
  const log = new LogBuilder();
  for (let window = 1; window <= OPEN_EARLY_MAX; window++) {
    addRow(log, window);
    addRow(log, window);
  }
  return log;
}

describe('the list of windows with early parts, when it is full', () => {
  const options = { rowsMax: 2, bytesMax: 64_000 };

  test('lets a window that is not in it grow past rowsMax, until a place is free', () => {
    const log = logWithFullEarlyList();
    const window = OPEN_EARLY_MAX + 1;
    for (let i = 0; i < 5; i++) addRow(log, window);
    log.mark(12);
    addRow(log, window);
    const units = gatherLog({ entries: log.entries, options });
    const kinds = units
      .slice(OPEN_EARLY_MAX)
      .flatMap(({ seals }) =>
        seals.map(({ kind, window: { end }, received }) => `${kind} ${end} of ${received}`),
      );
    expect(kinds).toEqual(['window 10 of 0', `early ${window * 10} of 6`]);
  });

  test('still seals further parts of the windows in it', () => {
    const log = logWithFullEarlyList();
    addRow(log, 3);
    addRow(log, 3);
    const last = gatherLog({ entries: log.entries, options }).at(-1)!;
    expect(last.seals.map(({ kind, window: { end } }) => `${kind} ${end}`)).toEqual(['early 30']);
    expect(last.progress.early).toHaveLength(OPEN_EARLY_MAX);
  });

  test('seals the fullest window in it when all windows reach bytesMax', () => {
    const log = logWithFullEarlyList();
    addRow(log, 40, 55_000);
    addRow(log, 7, 9_000);
    const last = gatherLog({ entries: log.entries, options }).at(-1)!;
    expect(last.seals.map(({ kind, window: { end } }) => `${kind} ${end}`)).toEqual(['early 70']);
  });

  test('stops at twice bytesMax when nothing is left to seal early, and loses no row', () => {
    const log = logWithFullEarlyList();
    addRow(log, 40, 100_000);
    expect(gatherLog({ entries: log.entries, options })).toHaveLength(OPEN_EARLY_MAX);
    addRow(log, 41, 30_000);
    expect(() => gatherLog({ entries: log.entries, options })).toThrow('ERR_WINDOWS_FULL');
    log.mark(1_000);
    const roomy = gatherLog({ entries: log.entries, options: { ...options, bytesMax: 1_000_000 } });
    const received = roomy.flatMap(({ seals }) => seals.map((seal) => seal.received));
    expect(received.reduce((sum, rows) => sum + rows)).toBe(2 * OPEN_EARLY_MAX + 2);
  });

  test('stops at twice windowsMax when nothing is left to seal early', () => {
    const log = logWithFullEarlyList();
    const narrow = { rowsMax: 2, windowsMax: 4 };
    for (let window = 40; window < 47; window++) addRow(log, window);
    expect(gatherLog({ entries: log.entries, options: narrow }).at(-1)!.progress.early).toHaveLength(32);
    addRow(log, 47);
    expect(() => gatherLog({ entries: log.entries, options: narrow })).toThrow('8 open windows');
  });

  test('gives the same units again when it is restored from any of them', () => {
    const log = logWithFullEarlyList();
    for (let i = 0; i < 40; i++) addRow(log, 1 + ((i * 7) % 45), 3_000);
    log.mark(222);
    log.mark(1_000);
    const units = gatherLog({ entries: log.entries, options });
    units.forEach((unit, i) => {
      const again = gatherLog({
        entries: log.entries,
        options: { ...options, progress: progressAfter(unit) },
      });
      expect(again.map(describeUnit)).toEqual(units.slice(i + 1).map(describeUnit));
    });
    expect(units.length).toBeGreaterThan(OPEN_EARLY_MAX + 22);
  });
});
