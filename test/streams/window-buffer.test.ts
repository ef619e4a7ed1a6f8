import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WINDOW_OVERHEAD_BYTES, WindowBuffer } from '../../src/streams/window-buffer.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { RowEntry } from '../../src/model/row.ts';
import type { SealRows } from '../../src/model/seal.ts';
import { Random, SEED } from '../support/seed.ts';

interface Given {
  readonly uid: string;
  readonly createdAt: number;
  readonly fileLocation?: string | null;
  readonly sizeBytes?: number | null;
}

function entry(given: Given, index: number): RowEntry {
  return {
    kind: 'row',
    offset: (index * 2) as Offset,
    uid: given.uid,
    createdAt: given.createdAt as Micros,
    fileLocation: given.fileLocation ?? null,
    sizeBytes: given.sizeBytes ?? null,
    line: Buffer.from(JSON.stringify(given)),
    clock: 0 as Micros,
    serverClock: 0 as Micros,
  };
}

function filled(given: readonly Given[]): WindowBuffer {
  const buffer = new WindowBuffer({ offset: 0 as Offset, audit: null });
  given.forEach((row, i) => buffer.add(entry(row, i)));
  return buffer;
}

function listed(rows: SealRows) {
  return Array.from({ length: rows.count }, (_, i) => ({
    uid: rows.uid(i),
    createdAt: rows.createdAt(i),
    fileLocation: rows.fileLocation(i),
    sizeBytes: rows.sizeBytes(i),
    line: Buffer.from(rows.line(i)).toString(),
    offset: rows.offset(i),
  }));
}

/** The texts of the rows as they stand in memory. */
function textsOf(rows: SealRows) {
  return Array.from({ length: rows.count }, (_, i) => {
    const { memory, uidAt, locationAt, lineAt, end } = rows.bytes(i);
    const [uid, fileLocation] = [
      memory.toString('utf8', uidAt, locationAt),
      memory.toString('utf8', locationAt, lineAt),
    ];
    return { uid, fileLocation, line: memory.toString('utf8', lineAt, end) };
  });
}

/** The same by plain means: a stable sort with a comparison function, then the first of each group. */
function expected(given: readonly Given[]) {
  const compare = (a: RowEntry, b: RowEntry) =>
    a.createdAt - b.createdAt || Buffer.compare(Buffer.from(a.uid), Buffer.from(b.uid));
  const sorted = given.map(entry).sort(compare);
  return sorted
    .filter((row, i) => i === 0 || compare(sorted[i - 1]!, row) !== 0)
    .map(({ uid, createdAt, fileLocation, sizeBytes, line, offset }) => ({
      uid,
      createdAt,
      fileLocation,
      sizeBytes,
      line: Buffer.from(line).toString(),
      offset,
    }));
}

function expectSortedLikeThePlainWay(given: readonly Given[]): void {
  const { rows, duplicates } = filled(given).close();
  const wanted = expected(given);
  expect(listed(rows)).toEqual(wanted);
  expect(textsOf(rows)).toEqual(
    wanted.map(({ uid, fileLocation, line }) => ({ uid, fileLocation: fileLocation ?? '', line })),
  );
  expect(duplicates).toBe(given.length - wanted.length);
}

describe('WindowBuffer', () => {
  test('gives back every column of a row, and a copy of its line', () => {
    const buffer = new WindowBuffer({ offset: 7 as Offset, audit: { sequence: 1, rows: 2 } });
    const line = Buffer.from('{"uid":"ä"}');
    buffer.add({ ...entry({ uid: 'ä', createdAt: -5, sizeBytes: 0, fileLocation: '' }, 0), line });
    line.fill(0);
    expect(listed(buffer.close().rows)).toEqual([
      { uid: 'ä', createdAt: -5, fileLocation: '', sizeBytes: 0, line: '{"uid":"ä"}', offset: 0 },
    ]);
    expect([buffer.firstOffset, buffer.firstAudit]).toEqual([7, { sequence: 1, rows: 2 }]);
  });

  test('tells an absent location and size from an empty one', () => {
    const given = [
      { uid: 'a', createdAt: 1, fileLocation: null, sizeBytes: null },
      { uid: 'b', createdAt: 1, fileLocation: '', sizeBytes: 0 },
    ];
    const rows = listed(filled(given).close().rows);
    expect(rows.map(({ fileLocation, sizeBytes }) => [fileLocation, sizeBytes])).toEqual([
      [null, null],
      ['', 0],
    ]);
  });

  test('orders uids as UTF-8 bytes, not as UTF-16 units', () => {
    const uids = ['\uffee', '😀', 'z', 'é', '', 'Z', 'zz'];
    const { rows } = filled(uids.map((uid) => ({ uid, createdAt: 1 }))).close();
    expect(listed(rows).map(({ uid }) => uid)).toEqual(['', 'Z', 'z', 'zz', 'é', '\uffee', '😀']);
  });

  test('keeps of equal rows the one with the lowest offset', () => {
    const given = [
      { uid: 'b', createdAt: 2 },
      { uid: 'a', createdAt: 1, sizeBytes: 1 },
      { uid: 'a', createdAt: 1, sizeBytes: 2 },
      { uid: 'a', createdAt: 2, sizeBytes: 3 },
    ];
    const { rows, duplicates } = filled(given).close();
    expect(listed(rows).map(({ uid, sizeBytes }) => [uid, sizeBytes])).toEqual([
      ['a', 1],
      ['a', 3],
      ['b', null],
    ]);
    expect(duplicates).toBe(1);
  });

  test('sorts any rows like the plain way does', () => {
    const uid = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '',
        '\0',
        '\0\0',
        'a',
        'a\0',
        'a\0b',
        'prefix-of-a-longer-uid-1',
        'prefix-of-a-longer-uid-2',
      ),
    );
    const row = fc.record({ uid, createdAt: fc.integer({ min: -3, max: 3 }), sizeBytes: fc.nat(9) });
    fc.assert(fc.property(fc.array(row, { maxLength: 300, size: 'max' }), expectSortedLikeThePlainWay), {
      seed: SEED,
      numRuns: 200,
    });
  });

  test('sorts rows of one transaction, whose created_at is equal, like the plain way does', () => {
    const random = new Random(SEED);
    const tails = ['', '\0', '\0\0', 'x', 'xx'];
    const given = Array.from({ length: 5_000 }, () => ({
      uid: `tenant-with-a-long-name/${random.between(0, 900)}${random.pick(tails)}`,
      createdAt: 42,
    }));
    expectSortedLikeThePlainWay(given);
  });

  test('sorts many rows of few uids that differ only in NULs at their ends like the plain way does', () => {
    const random = new Random(SEED);
    const uids = ['a', 'a\0', 'a\0\0', `a${'\0'.repeat(9)}`];
    expectSortedLikeThePlainWay(
      Array.from({ length: 500 }, () => ({ uid: random.pick(uids), createdAt: 42 })),
    );
  });

  test('sorts times too far apart for packed keys like the plain way does', () => {
    const random = new Random(SEED);
    const given = Array.from({ length: 3_000 }, (_, i) => ({
      uid: `u${i % 100}`,
      createdAt: random.pick([Number.MIN_SAFE_INTEGER, -1, 0, 1, Number.MAX_SAFE_INTEGER]),
    }));
    expectSortedLikeThePlainWay(given);
  });

  test('holds rows larger than a chunk beside small ones', () => {
    const given = [1, 3_000_000, 2, 1_048_577].map((length, i) => ({
      uid: `u${i}`,
      createdAt: 10 - i,
      fileLocation: 'x'.repeat(length),
    }));
    expectSortedLikeThePlainWay(given);
  });

  test('counts bytes by the rows alone, so that a replay reaches a limit at the same row', () => {
    const given = Array.from({ length: 50 }, (_, i) => ({ uid: `u${i}`, createdAt: i }));
    const whole = filled(given).bytes - WINDOW_OVERHEAD_BYTES;
    const halves = [given.slice(0, 7), given.slice(7)].map(
      (half) => filled(half).bytes - WINDOW_OVERHEAD_BYTES,
    );
    expect(halves[0]! + halves[1]!).toBe(whole);
    expect(new WindowBuffer({ offset: 0 as Offset, audit: null }).bytes).toBe(WINDOW_OVERHEAD_BYTES);
  });
});
