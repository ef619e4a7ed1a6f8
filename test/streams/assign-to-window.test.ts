import { map } from 'rxjs';
import { describe, test } from 'vitest';
import { assignToWindow } from '../../src/streams/assign-to-window.ts';
import type { AssignToWindowOptions, PlacedEntry } from '../../src/streams/assign-to-window.ts';
import { auditMarks } from '../../src/streams/audit-marks.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { Entry } from '../../src/model/row.ts';
import { LogBuilder, startProgress } from '../support/log-builder.ts';
import { marbles } from '../support/marbles.ts';

const OPTIONS = { sizeMicros: 10, aheadMaxMicros: 100, position: 0 as Offset };

function describePlace(placed: PlacedEntry): string {
  if (placed.kind === 'row') return `${placed.row.uid} in window ${placed.end}`;
  if (placed.kind === 'mark') return `mark ${placed.time}`;
  const { reason, offset, uid } = placed.reject;
  return `${reason}@${offset} ${uid ?? 'nobody'}${placed.isRow ? ', a row' : ''}`;
}

function expectPlaces(check: {
  log: LogBuilder;
  frames: string;
  places: Record<string, string>;
  options?: Partial<AssignToWindowOptions>;
}): void {
  marbles(({ cold, expectObservable }) => {
    const values = Object.fromEntries(
      check.log.entries.map((entry, i) => [String.fromCharCode(97 + i), entry]),
    );
    const placed = cold<Entry>(`${Object.keys(values).join('')}|`, values).pipe(
      auditMarks({ progress: startProgress() }),
      assignToWindow({ ...OPTIONS, ...check.options }),
      map(describePlace),
    );
    expectObservable(placed).toBe(check.frames, check.places);
  });
}

describe('assignToWindow', () => {
  test('gives a row on the edge to the window that ends there', () => {
    const log = new LogBuilder();
    log.row('a', 9);
    log.row('b', 10);
    log.row('c', 11);
    expectPlaces({
      log,
      frames: 'abc|',
      places: { a: 'a in window 10', b: 'b in window 10', c: 'c in window 20' },
    });
  });

  test('passes marks on with their time', () => {
    const log = new LogBuilder();
    log.mark(33);
    expectPlaces({ log, frames: 'a|', places: { a: 'mark 33' } });
  });

  test('makes a reject of poison, and says whether it is a row', () => {
    const log = new LogBuilder();
    log.poison({ uid: 'x', reason: 'created_at_invalid', isRow: true });
    log.poison({ isRow: false });
    expectPlaces({
      log,
      frames: 'ab|',
      places: { a: 'created_at_invalid@0 x, a row', b: 'record_invalid@1 nobody' },
    });
  });

  test('rejects a row that lies further ahead of the clock than allowed, not one exactly there', () => {
    const log = new LogBuilder();
    log.row('a', 150, { clock: 50 as Micros });
    log.row('b', 151, { clock: 50 as Micros });
    expectPlaces({
      log,
      frames: 'ab|',
      places: { a: 'a in window 150', b: 'created_at_far_ahead@1 b, a row' },
    });
  });

  test('rejects a row whose window has an edge that cannot be held', () => {
    const log = new LogBuilder();
    log.row('a', Number.MAX_SAFE_INTEGER);
    log.row('b', Number.MIN_SAFE_INTEGER);
    expectPlaces({
      log,
      frames: 'ab|',
      places: { a: 'created_at_invalid@0 a, a row', b: 'created_at_invalid@1 b, a row' },
    });
  });

  test('rejects a uid with half of a surrogate pair, which UTF-8 cannot tell from another', () => {
    const log = new LogBuilder();
    log.row('x\ud800', 1);
    log.row('😀', 1);
    expectPlaces({
      log,
      frames: 'ab|',
      places: { a: 'uid_invalid@0 x\ud800, a row', b: '😀 in window 10' },
    });
  });

  test('leaves out rejects before the restored position, never rows or marks', () => {
    const log = new LogBuilder();
    log.poison();
    log.row('b', 500, { clock: 0 as Micros });
    log.row('c', 5);
    log.mark(6);
    log.poison();
    expectPlaces({
      log,
      options: { position: 4 as Offset },
      frames: '--cde|',
      places: { c: 'c in window 10', d: 'mark 6', e: 'record_invalid@4 nobody, a row' },
    });
  });
});
