import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/log/decode-record.ts';
import { encodeMark, recordEncoder } from '../../src/log/encode-record.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';
import type { Entry } from '../../src/model/row.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';

const decode = decodeRecord({
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: 'file_location', sizeBytes: 'size_bytes' },
  createdAtZone: null,
});

function read(value: Buffer): Entry {
  return decode({ key: null, value, offset: '17', timestamp: TIMESTAMP });
}

/** When Kafka got the messages, in milliseconds. */
const TIMESTAMP = '1795412237999';

const times = fc.maxSafeInteger().map(micros);
const rows = fc.record({
  uid: fc.string({ unit: 'binary', maxLength: 40 }),
  created_at: times,
  file_location: fc.option(fc.string({ unit: 'binary', maxLength: 40 })),
  size_bytes: fc.option(fc.maxSafeNat()),
  more: fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
});
type Row = typeof rows extends fc.Arbitrary<infer T> ? T : never;

const records = fc.tuple(rows, fc.constantFrom('c' as const, 'r' as const), times).map(([row, op, clock]) => {
  const source = { table: 'public.files', keyJson: '{}', lsn: lsn(2n ** 63n), txId: 4_294_967_295 };
  const value = recordEncoder()({ ...source, op, afterJson: JSON.stringify(row), committedAt: clock });
  return { row, clock, value: Buffer.from(value) };
});

const fromOne = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const marks = fc
  .record({
    time: times,
    epoch: fromOne,
    sequence: fromOne,
    lsn: fc.bigInt(0n, 2n ** 64n - 1n).map(lsn),
    clock: times,
    counts: fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()),
  })
  // All rows that were ever sent are no fewer than those since the mark before.
  .map(({ counts, ...mark }) => ({ ...mark, rows: Math.min(...counts), rowsTotal: Math.max(...counts) }));

/** With line ends and spaces between the tokens, as other writers print. */
const printed = records.map(({ row, value }) => ({
  row,
  value: Buffer.from(JSON.stringify(JSON.parse(value.toString()), null, '\r\n ')),
}));

/** What counts of a row. */
function asRow({ row }: { row: Row }): object {
  const { uid, created_at, file_location, size_bytes } = row;
  return { kind: 'row', uid, createdAt: created_at, fileLocation: file_location, sizeBytes: size_bytes };
}

describe('a record', () => {
  it('comes back as it was written, however it is printed', () => {
    fc.assert(
      fc.property(fc.oneof(records, printed), (record) => {
        const entry = read(record.value);
        expect(entry).toMatchObject(asRow(record));
        if (entry.kind !== 'row') return;
        expect(JSON.parse(Buffer.from(entry.line).toString())).toEqual(
          JSON.parse(JSON.stringify(record.row)) as unknown,
        );
        expect(entry.line).not.toContain(0x0a);
        expect(entry.line).not.toContain(0x0d);
      }),
      runs(200),
    );
  });

  it('with a line end where JSON allows none is poison, not the row without it', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.constantFrom('\n', '\r'), (row, at, lineEnd) => {
        const after = JSON.stringify(row);
        const cut = at % (after.length + 1);
        const broken = after.slice(0, cut) + lineEnd + after.slice(cut);
        const entry = read(Buffer.from(`{"op":"c","after":${broken}}`));
        expect(entry.kind).toBe(parsed(broken) === undefined ? 'poison' : 'row');
        if (entry.kind === 'row') expect(entry).toMatchObject(asRow({ row }));
      }),
      runs(300),
    );
  });

  it('with some bytes changed is a row whose line is the JSON that was sent, or poison with its offset', () => {
    fc.assert(
      fc.property(mutated(fc.oneof(records, printed).map(({ value }) => value)), (value) => {
        const entry = read(value);
        expect(entry.offset).toBe(17);
        expect(Number.isSafeInteger(entry.clock)).toBe(true);
        if (entry.kind !== 'row') {
          expect(entry.kind).toBe('poison');
          return;
        }
        const line = JSON.parse(Buffer.from(entry.line).toString()) as Record<string, unknown>;
        if (typeof line['uid'] === 'string') expect(entry.uid).toBe(line['uid']);
        expect(Number.isSafeInteger(entry.createdAt)).toBe(true);
        const sent = parsed(value);
        if (sent !== undefined) expect(line).toEqual(sent['after']);
      }),
      runs(1_500),
    );
  });

  it.each([
    ['arrays in arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects in objects', '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000)],
    ['brackets that never close', '[{'.repeat(100_000)],
    ['many members', `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`],
    ['backslashes', `"${'\\\\'.repeat(500_000)}"`],
    ['a string that never ends', `"${'x'.repeat(1_000_000)}`],
    ['digits', '1'.repeat(1_000_000)],
    ['spaces', ' '.repeat(1_000_000)],
  ])('of much of %s is read or refused without a deep stack, wherever it stands', (_, noise) => {
    const row = { uid: 'u', created_at: 1, file_location: null, size_bytes: null };
    const after = JSON.stringify(row).slice(0, -1);
    for (const value of [
      noise,
      `{"op":"c","after":${noise}}`,
      `{"op":${noise},"after":${after}}}`,
      `{"op":"c","after":${after},"more":${noise}}}`,
      `{"op":"c","source":${noise},"after":${after}}}`,
      `{"schema":${noise},"payload":{"op":"c","after":${after}}}}`,
      `{"resolved":${noise}}`,
      ...['uid', 'created_at', 'file_location', 'size_bytes'].map(
        (column) => `{"op":"c","after":${after},"${column}":${noise}}}`,
      ),
    ]) {
      expect(['row', 'poison']).toContain(read(Buffer.from(value)).kind);
    }
  });
});

describe('a mark', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(marks, (mark) => {
        expect(read(Buffer.from(encodeMark(mark)))).toEqual({
          kind: 'mark',
          offset: 17,
          mark,
          // The gate waits for the earlier of two clocks (decision 0038).
          clock: Math.min(mark.clock, Number(TIMESTAMP) * 1_000),
        });
      }),
      runs(200),
    );
  });

  it('with some bytes changed is a mark of whole numbers, or poison that counts as no row', () => {
    fc.assert(
      fc.property(mutated(marks.map((mark) => Buffer.from(encodeMark(mark)))), (value) => {
        const entry = read(value);
        if (entry.kind === 'poison') {
          expect(entry.isRow).toBe(false);
          return;
        }
        if (entry.kind !== 'mark') throw new Error('a mark was taken for a row');
        const { lsn: position, ...numbers } = entry.mark;
        expect(typeof position).toBe('bigint');
        expect(Object.values(numbers).every(Number.isSafeInteger)).toBe(true);
      }),
      runs(800),
    );
  });
});

function parsed(value: Buffer | string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(value.toString()) as Record<string, unknown>;
  } catch {
    return undefined; // then there is nothing to compare with
  }
}
