import { describe, expect, it } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import { computeBack, computeForward } from '../../src/watermark/adjusted-progress.ts';
import { nextProgress } from '../../src/watermark/next-progress.ts';
import { gatherLog } from '../support/gather-log.ts';
import { LogBuilder, startProgress } from '../support/log-builder.ts';

const time = (value: number): Micros => value as Micros;
const at = (value: number): Offset => value as Offset;

const before: Progress = {
  offset: at(40),
  watermark: time(50),
  position: at(60),
  epoch: 7,
  rowsSealed: 30,
  early: [
    { end: time(60), position: at(45), parts: 1 },
    { end: time(70), position: at(50), parts: 2 },
  ],
  earlySizeMicros: 10,
  audit: { sequence: 3, rows: 2 },
};

describe('a watermark that is moved by hand', () => {
  it('forward reads again from the oldest row that is not sealed, so that none counts as sealed that is not', () => {
    const after = computeForward({ before, to: time(60), rowsBefore: 28 });
    expect(after).toMatchObject({ offset: 40, position: 40, watermark: 60, epoch: 8, rowsSealed: 28 });
    expect(after.early).toEqual([{ end: 70, position: 50, parts: 2 }]);
    expect(after.audit).toEqual(before.audit);
  });

  it('forward over a window archives its open rows late', () => {
    const log = new LogBuilder();
    log.row('a', 12);
    log.mark(15);
    log.row('b', 22);
    log.mark(42);
    const open = startProgress({ watermark: time(10), position: at(2) });
    const progress = computeForward({ before: open, to: time(20), rowsBefore: null });
    const seals = gatherLog({ entries: log.entries, options: { progress } }).flatMap(({ seals }) => seals);
    expect(seals.map(({ kind, rows }) => [kind, rows.uid(0)])).toEqual([
      ['late', 'a'],
      ['window', 'b'],
    ]);
  });

  it('back restores the moment that the log shows, and remembers up to where windows were sealed', () => {
    const point = { position: at(20), offset: at(15), rowsSealed: 12, early: [] };
    const after = computeBack({ before, to: time(20), point, windowSizeMicros: 10 });
    expect(after).toEqual({
      offset: 15,
      watermark: 20,
      position: 20,
      epoch: 8,
      rowsSealed: 12,
      early: [],
      regatherUntil: 50,
      audit: null,
    });
    const further = computeBack({ before: after, to: time(10), point: null, windowSizeMicros: 10 });
    expect(further).toMatchObject({ watermark: 10, offset: 15, position: 15, regatherUntil: 50 });
  });

  it('forgets that windows were sealed before once it is past them, not earlier', () => {
    const log = new LogBuilder();
    log.row('a', 12);
    log.mark(22);
    log.row('b', 22);
    log.mark(32);
    const progress = startProgress({ watermark: time(10), regatherUntil: time(30) });
    const [first, second] = gatherLog({ entries: log.entries, options: { progress } });
    const step = { results: [], parts: new Map<Micros, number>(), windowSizeMicros: 10 };
    const one = nextProgress({ ...step, before: progress, unit: first! });
    expect(one).toMatchObject({ watermark: 20, regatherUntil: 30 });
    expect(nextProgress({ ...step, before: one, unit: second! })).not.toHaveProperty('regatherUntil');
  });
});
