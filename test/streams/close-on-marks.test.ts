import { map } from 'rxjs';
import { describe, test } from 'vitest';
import { gatherWindows } from '../../src/streams/gather-windows.ts';
import type { GatherWindowsOptions } from '../../src/streams/gather-windows.ts';
import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { Entry } from '../../src/model/row.ts';
import { describeSeal } from '../support/describe-unit.ts';
import { time, WIDE } from '../support/gather-log.ts';
import { LogBuilder, startProgress } from '../support/log-builder.ts';
import { marbles } from '../support/marbles.ts';

/** What a test looks at; the whole unit is compared in the replay properties. */
function outline({ seals, progress, rejects, surplusRows }: CommitUnit) {
  const { watermark, position, offset, early } = progress;
  return [
    ...seals.map(describeSeal),
    ...rejects.map(({ reason, offset: at }) => `${reason}@${at}`),
    ...(surplusRows === 0 ? [] : [`${surplusRows} more`]),
    ...early.map((window) => `early ${window.end}@${window.position}`),
    `watermark ${watermark} offset ${offset} position ${position}`,
  ];
}

/** Each entry is a frame, `a` the first; `frames` says at which of them units come out. A log has no end. */
function expectUnits(check: {
  log: LogBuilder;
  frames: string;
  units: Record<string, string[]>;
  options?: Partial<GatherWindowsOptions>;
}): void {
  marbles(({ cold, expectObservable }) => {
    const values = Object.fromEntries(
      check.log.entries.map((entry, i) => [String.fromCharCode(97 + i), entry]),
    );
    const units = cold<Entry>(Object.keys(values).join(''), values).pipe(
      gatherWindows({ ...WIDE, progress: startProgress(), ...check.options }),
      map(outline),
    );
    expectObservable(units).toBe(check.frames, check.units);
  });
}

describe('closeOnMarks: marks', () => {
  test('closes a window at the first mark that lies lateness past its end, not before', () => {
    const log = new LogBuilder();
    log.row('a', 7);
    log.mark(11);
    log.mark(12);
    expectUnits({
      log,
      frames: '--c',
      units: {
        c: ['window (0,10] a:7@0 of 1, offsets 0..0', 'watermark 10 offset 3 position 3'],
      },
    });
  });

  test('keeps a row at the edge in the window that ends there, and one beside it in the next', () => {
    const log = new LogBuilder();
    log.row('a', 11);
    log.row('b', 10);
    log.mark(12);
    expectUnits({
      log,
      frames: '--c',
      units: { c: ['window (0,10] b:10@1 of 1, offsets 1..1', 'watermark 10 offset 0 position 3'] },
    });
  });

  test('closes several windows of one mark in order, and steps past the mark only with the last', () => {
    const log = new LogBuilder();
    log.row('c', 25);
    log.row('a', 5);
    log.row('b', 15);
    log.row('d', 95);
    log.mark(52);
    expectUnits({
      log,
      frames: '----(xyz)',
      units: {
        x: ['window (0,10] a:5@1 of 1, offsets 1..1', 'watermark 10 offset 0 position 4'],
        y: ['window (10,20] b:15@2 of 1, offsets 2..2', 'watermark 20 offset 0 position 4'],
        z: ['window (20,30] c:25@0 of 1, offsets 0..0', 'watermark 50 offset 3 position 5'],
      },
    });
  });

  test('moves the watermark over empty windows without sealing anything', () => {
    const log = new LogBuilder();
    log.mark(39);
    log.mark(41);
    log.mark(42);
    expectUnits({
      log,
      frames: 'a-c',
      units: {
        a: ['watermark 30 offset 1 position 1'],
        c: ['watermark 40 offset 3 position 3'],
      },
    });
  });

  test('never goes back when a mark does', () => {
    const log = new LogBuilder();
    log.mark(32);
    log.mark(12);
    log.row('a', 35);
    log.mark(42);
    expectUnits({
      log,
      frames: 'a--d',
      units: {
        a: ['watermark 30 offset 1 position 1'],
        d: ['window (30,40] a:35@2 of 1, offsets 2..2', 'watermark 40 offset 4 position 4'],
      },
    });
  });

  test('removes duplicates of a window and counts them', () => {
    const log = new LogBuilder();
    log.row('a', 7);
    log.row('a', 7);
    log.row('a', 8);
    log.mark(12);
    expectUnits({
      log,
      frames: '---d',
      units: {
        d: ['window (0,10] a:7@0 a:8@2 of 3, offsets 0..2', 'watermark 10 offset 4 position 4'],
      },
    });
  });

  test('reports rows that no mark counted with the unit that steps past the mark', () => {
    const log = new LogBuilder();
    log.row('a', 5);
    log.row('b', 15);
    log.mark(22, { rows: 1 });
    expectUnits({
      log,
      frames: '--(xy)',
      units: {
        x: ['window (0,10] a:5@0 of 1, offsets 0..0', 'watermark 10 offset 1 position 2'],
        y: ['window (10,20] b:15@1 of 1, offsets 1..1', '1 more', 'watermark 20 offset 3 position 3'],
      },
    });
  });
});

describe('closeOnMarks: late rows and rejects', () => {
  test('seals late rows with the next unit, a supplement for each window, before its own window', () => {
    const log = new LogBuilder();
    log.mark(32);
    log.row('b', 15);
    log.row('c', 35);
    log.row('a', 5);
    log.row('d', 30);
    log.mark(42);
    expectUnits({
      log,
      frames: 'a----f',
      units: {
        a: ['watermark 30 offset 1 position 1'],
        f: [
          'late (0,10] a:5@3 of 1, offsets 3..3, drop committed',
          'late (10,20] b:15@1 of 1, offsets 1..1, drop committed',
          'late (20,30] d:30@4 of 1, offsets 4..4, drop committed',
          'window (30,40] c:35@2 of 1, offsets 2..2',
          'watermark 40 offset 6 position 6',
        ],
      },
    });
  });

  test('seals late rows with a unit that only moves the watermark', () => {
    const log = new LogBuilder();
    log.mark(32);
    log.row('a', 5);
    log.mark(42);
    expectUnits({
      log,
      frames: 'a-c',
      units: {
        a: ['watermark 30 offset 1 position 1'],
        c: ['late (0,10] a:5@1 of 1, offsets 1..1, drop committed', 'watermark 40 offset 3 position 3'],
      },
    });
  });

  test('seals late rows at their own limit without moving the watermark', () => {
    const log = new LogBuilder();
    log.mark(32);
    log.row('x', 35);
    log.row('a', 5);
    log.row('b', 15);
    expectUnits({
      log,
      options: { lateRowsMax: 2 },
      frames: 'a--d',
      units: {
        a: ['watermark 30 offset 1 position 1'],
        d: [
          'late (0,10] a:5@2 of 1, offsets 2..2, drop committed',
          'late (10,20] b:15@3 of 1, offsets 3..3, drop committed',
          'watermark 30 offset 1 position 4',
        ],
      },
    });
  });

  test('publishes rejects with the next unit, and at their own limit', () => {
    const log = new LogBuilder();
    log.poison();
    log.mark(12);
    log.poison();
    log.row('far', 5_000, { clock: time(0) });
    expectUnits({
      log,
      options: { rejectsMax: 2 },
      frames: '-b-d',
      units: {
        b: ['record_invalid@0', 'watermark 10 offset 2 position 2'],
        d: ['record_invalid@2', 'created_at_far_ahead@3', 'watermark 10 offset 4 position 4'],
      },
    });
  });

  test('takes a row at or below an unaligned first watermark as late', () => {
    const log = new LogBuilder();
    log.row('a', 14);
    log.row('b', 13);
    log.mark(22);
    expectUnits({
      log,
      options: { progress: startProgress({ watermark: time(13) }) },
      frames: '--c',
      units: {
        c: [
          'late (10,20] b:13@1 of 1, offsets 1..1, drop committed',
          'window (10,20] a:14@0 of 1, offsets 0..0',
          'watermark 20 offset 3 position 3',
        ],
      },
    });
  });
});

describe('closeOnMarks: limits', () => {
  test('seals a window early at rowsMax, and its rest at the mark', () => {
    const log = new LogBuilder();
    log.row('x', 11);
    log.row('a', 1);
    log.row('b', 2);
    log.row('c', 3);
    log.mark(12);
    expectUnits({
      log,
      options: { rowsMax: 2 },
      frames: '--c-e',
      units: {
        c: ['early (0,10] a:1@1 b:2@2 of 2, offsets 1..2', 'early 10@3', 'watermark 0 offset 0 position 3'],
        e: ['window (0,10] c:3@3 of 1, offsets 3..3, drop committed', 'watermark 10 offset 0 position 5'],
      },
    });
  });

  test('asks to drop committed rows from the second early part on', () => {
    const log = new LogBuilder();
    for (const at of [1, 2, 3, 4]) log.row(`u${at}`, at);
    expectUnits({
      log,
      options: { rowsMax: 2 },
      frames: '-b-d',
      units: {
        b: ['early (0,10] u1:1@0 u2:2@1 of 2, offsets 0..1', 'early 10@2', 'watermark 0 offset 2 position 2'],
        d: [
          'early (0,10] u3:3@2 u4:4@3 of 2, offsets 2..3, drop committed',
          'early 10@4',
          'watermark 0 offset 4 position 4',
        ],
      },
    });
  });

  test('closes a window whose rows are all in early parts with an empty seal', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.row('b', 2);
    log.mark(12);
    expectUnits({
      log,
      options: { rowsMax: 2 },
      frames: '-bc',
      units: {
        b: ['early (0,10] a:1@0 b:2@1 of 2, offsets 0..1', 'early 10@2', 'watermark 0 offset 2 position 2'],
        c: ['window (0,10] of 0, offsets 2..2, drop committed', 'watermark 10 offset 3 position 3'],
      },
    });
  });

  test('seals late rows together with an early part', () => {
    const log = new LogBuilder();
    log.mark(12);
    log.row('l', 5);
    log.row('a', 11);
    log.row('b', 12);
    expectUnits({
      log,
      options: { rowsMax: 2 },
      frames: 'a--d',
      units: {
        a: ['watermark 10 offset 1 position 1'],
        d: [
          'late (0,10] l:5@1 of 1, offsets 1..1, drop committed',
          'early (10,20] a:11@2 b:12@3 of 2, offsets 2..3',
          'early 20@4',
          'watermark 10 offset 4 position 4',
        ],
      },
    });
  });

  test('seals the fullest window early when all of them reach bytesMax', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.row('b', 11, { line: Buffer.alloc(5_000) });
    log.row('c', 21, { line: Buffer.alloc(3_000) });
    expectUnits({
      log,
      options: { bytesMax: 14_000 },
      frames: '--c',
      units: {
        c: ['early (10,20] b:11@1 of 1, offsets 1..1', 'early 20@3', 'watermark 0 offset 0 position 3'],
      },
    });
  });

  test('seals late rows alone when they hold more bytes than any window', () => {
    const log = new LogBuilder();
    log.mark(12);
    log.row('a', 11);
    log.row('l', 1, { line: Buffer.alloc(10_000) });
    expectUnits({
      log,
      options: { bytesMax: 10_000 },
      frames: 'a-c',
      units: {
        a: ['watermark 10 offset 1 position 1'],
        c: ['late (0,10] l:1@2 of 1, offsets 2..2, drop committed', 'watermark 10 offset 1 position 3'],
      },
    });
  });

  test('seals the fullest window early when windowsMax are open', () => {
    const log = new LogBuilder();
    log.row('a', 1);
    log.row('b', 11);
    log.row('c', 11);
    log.row('d', 21);
    expectUnits({
      log,
      options: { windowsMax: 3 },
      frames: '---d',
      units: {
        d: [
          'early (10,20] b:11@1 c:11@2 of 2, offsets 1..2',
          'early 20@4',
          'watermark 0 offset 0 position 4',
        ],
      },
    });
  });

  test('publishes late rows of windowsMax windows without waiting for a mark', () => {
    const log = new LogBuilder();
    log.mark(42);
    log.row('a', 5);
    log.row('b', 15);
    expectUnits({
      log,
      options: { windowsMax: 2 },
      frames: 'a-c',
      units: {
        a: ['watermark 40 offset 1 position 1'],
        c: [
          'late (0,10] a:5@1 of 1, offsets 1..1, drop committed',
          'late (10,20] b:15@2 of 1, offsets 2..2, drop committed',
          'watermark 40 offset 3 position 3',
        ],
      },
    });
  });
});

describe('closeOnMarks: restored', () => {
  test('skips rows at or below the watermark that stand before the position, and takes later ones as late', () => {
    const log = new LogBuilder();
    log.row('open', 25);
    log.row('sealed', 15);
    log.mark(22);
    log.row('late', 16);
    log.mark(32);
    const progress = startProgress({ watermark: time(20), position: 3 as Offset });
    expectUnits({
      log,
      options: { progress },
      frames: '----e',
      units: {
        e: [
          'late (10,20] late:16@3 of 1, offsets 3..3, drop committed',
          'window (20,30] open:25@0 of 1, offsets 0..0',
          'watermark 30 offset 5 position 5',
        ],
      },
    });
  });

  test('goes on between two windows of one mark', () => {
    const log = new LogBuilder();
    log.row('a', 5);
    log.row('b', 15);
    log.mark(22);
    const progress = startProgress({ watermark: time(10), position: 2 as Offset });
    expectUnits({
      log,
      options: { progress },
      frames: '--c',
      units: { c: ['window (10,20] b:15@1 of 1, offsets 1..1', 'watermark 20 offset 3 position 3'] },
    });
  });

  test('skips rows that stand in early parts', () => {
    const log = new LogBuilder();
    log.row('other', 15);
    log.row('part', 5);
    log.row('rest', 6);
    log.mark(12);
    const early = [{ end: time(10), position: 2 as Offset, parts: 1 }];
    expectUnits({
      log,
      options: { progress: startProgress({ position: 2 as Offset, early }) },
      frames: '---d',
      units: {
        d: ['window (0,10] rest:6@2 of 1, offsets 2..2, drop committed', 'watermark 10 offset 0 position 4'],
      },
    });
  });

  test('does not close windows on a mark before the position, even when lateness is shorter now', () => {
    const log = new LogBuilder();
    log.row('a', 5);
    log.mark(11);
    log.row('b', 6);
    log.mark(13);
    const progress = startProgress({ position: 3 as Offset });
    expectUnits({
      log,
      options: { progress, latenessMicros: 0 },
      frames: '---d',
      units: {
        d: ['window (0,10] a:5@0 b:6@2 of 2, offsets 0..2', 'watermark 10 offset 4 position 4'],
      },
    });
  });
});
