import { describe, expect, test } from 'vitest';
import { WindowBuffer } from '../../src/streams/window-buffer.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import type { SealRows } from '../../src/model/seal.ts';
import { report } from '../support/report.ts';
import { Random, SEED } from '../support/seed.ts';

const ROWS = 1_000_000;
const LINE = Buffer.from(`{"uid":"${'x'.repeat(36)}","created_at":"2026-11-23T05:37:17.123456Z"}`);

function fill(createdAt: (index: number) => number): WindowBuffer {
  const random = new Random(SEED);
  const buffer = new WindowBuffer({ offset: 0 as Offset, audit: null });
  for (let i = 0; i < ROWS; i++) {
    const uid = `${random
      .between(0, 2 ** 31)
      .toString(16)
      .padStart(8, '0')}-89ab-4def-8123-${String(i).padStart(12, '0')}`;
    buffer.add({
      kind: 'row',
      offset: i as Offset,
      uid,
      createdAt: createdAt(i) as Micros,
      fileLocation: '/data/ab/cd/file.bin',
      sizeBytes: 2_048,
      line: LINE,
      clock: 0 as Micros,
      serverClock: 0 as Micros,
    });
  }
  return buffer;
}

function expectSorted(rows: SealRows): void {
  let isSorted = true;
  for (let i = 1; i < rows.count; i++) {
    const step = rows.createdAt(i) - rows.createdAt(i - 1);
    isSorted &&= step > 0 || (step === 0 && rows.uid(i) > rows.uid(i - 1));
  }
  expect(isSorted).toBe(true);
  expect(rows.count).toBe(ROWS);
}

function closeTimed(name: string, buffer: WindowBuffer): SealRows {
  const startedAt = performance.now();
  const { rows } = buffer.close();
  report(`${name}: ${ROWS} rows closed in ${Math.round(performance.now() - startedAt)} ms`);
  return rows;
}

describe('a window of a million rows', () => {
  // First, while the heap holds nothing else that could be freed in the meantime.
  test('takes a few tens of bytes a row beside the text of the row', () => {
    const before = process.memoryUsage();
    const buffer = fill((i) => i);
    const after = process.memoryUsage();
    const text = LINE.length + 36 + '/data/ab/cd/file.bin'.length;
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    const perRow = Math.round(grown / ROWS);
    const taken = Math.round(buffer.allocatedBytes / ROWS);
    report(`${perRow} bytes a row in the process, ${taken} of them in buffers, ${text} of them text`);
    expect(buffer.count).toBe(ROWS);
    expect(taken).toBeLessThan(text + 80);
    expect(perRow).toBeLessThan(text + 200);
  });

  test('is sorted when its rows come in any order', () => {
    const random = new Random(SEED + 1);
    expectSorted(
      closeTimed(
        'any order',
        fill(() => random.between(0, 60_000_000)),
      ),
    );
  });

  test('is sorted when all its rows have one created_at', () => {
    expectSorted(
      closeTimed(
        'one created_at',
        fill(() => 42),
      ),
    );
  });

  test('is sorted when its rows come in order', () => {
    expectSorted(
      closeTimed(
        'in order',
        fill((i) => i),
      ),
    );
  });
});
