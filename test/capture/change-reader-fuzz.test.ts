import { constants } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { ChangeReader } from '../../src/capture/change-reader.ts';
import { TYPE_OID } from '../../src/capture/column-json.ts';
import { encodeMarkMessage, MARK_PREFIX } from '../../src/capture/mark-message.ts';
import { readChange } from '../../src/capture/pgoutput.ts';
import type { PendingMark } from '../../src/model/capture-position.ts';
import { LSN_ZERO } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';
import type { CapturedRow } from '../../src/model/row.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutated } from '../support/mutated.ts';
import {
  beginMessage,
  COMMIT_MESSAGE,
  insertMessage,
  logicalMessage,
  relationMessage,
} from '../support/pgoutput-messages.ts';

const OID = 16_384;
const COLUMNS = [
  { name: 'uid', typeOid: 25 },
  { name: 'created_at', typeOid: TYPE_OID.timestamptz },
  { name: 'file_location', typeOid: 25 },
  { name: 'size_bytes', typeOid: TYPE_OID.int8 },
  { name: 'ok', typeOid: TYPE_OID.bool },
];
const RELATION = relationMessage(OID, 'files', COLUMNS);

/** Postgres's text holds every character but NUL. */
const texts = fc.string({ unit: 'grapheme', maxLength: 60 }).map((value) => value.replaceAll('\0', ''));
const rows = fc.record({
  uid: texts,
  location: fc.option(texts),
  size: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  ok: fc.option(fc.boolean()),
});
type Row = typeof rows extends fc.Arbitrary<infer T> ? T : never;

const insertOf = ({ uid, location, size, ok }: Row): Buffer =>
  insertMessage(OID, [
    uid,
    '2026-11-23 05:37:17.5+00',
    location,
    size === null ? null : String(size),
    ok === null ? null : ok ? 't' : 'f',
  ]);

const begins = fc
  .record({
    commitLsn: fc.bigInt(1n, 2n ** 64n - 1n),
    committedAt: fc.bigInt(-(2n ** 52n), 2n ** 52n),
    txId: fc.nat(2 ** 31),
  })
  .map(beginMessage);
const markMessages = fc
  .record({ slot: fc.constantFrom('slot', 'other'), time: fc.maxSafeInteger(), clock: fc.maxSafeInteger() })
  .map(({ slot, time, clock }) =>
    logicalMessage(
      MARK_PREFIX,
      Buffer.from(encodeMarkMessage({ slot, time: micros(time), clock: micros(clock) })),
    ),
  );
const messages = fc.oneof(
  begins,
  markMessages,
  rows.map(insertOf),
  fc.constant(RELATION),
  fc.constant(COMMIT_MESSAGE),
);

/** Hands over what a capture of `public.files` would be sent. */
function capture(stream: readonly Buffer[]): { rows: CapturedRow[]; marks: PendingMark[] } {
  const seen = { rows: [] as CapturedRow[], marks: [] as PendingMark[] };
  const names = {
    uid: 'uid',
    createdAt: 'created_at',
    fileLocation: 'file_location',
    sizeBytes: 'size_bytes',
  };
  const reader = new ChangeReader({
    slot: 'slot',
    tables: [
      {
        schema: 'public',
        name: 'files',
        columns: names,
        createdAtZone: null,
        archivedUntil: () => Promise.resolve(null),
      },
    ],
    published: new Map(),
    types: new Map(),
    position: { lsn: LSN_ZERO, ordinal: 0, epoch: 1, sequence: 0, time: null, snapshots: new Map() },
    onRow: (row) => seen.rows.push(row),
    onMark: (mark) => seen.marks.push(mark),
  });
  for (const message of stream) readChange(message, reader);
  return seen;
}

describe('the stream of the slot', () => {
  it('gives every row as JSON with the values that Postgres sent', () => {
    fc.assert(
      fc.property(begins, fc.array(rows, { minLength: 1, maxLength: 8 }), (begin, all) => {
        const seen = capture([RELATION, begin, ...all.map(insertOf), COMMIT_MESSAGE]);
        expect(seen.rows.map(({ afterJson }) => JSON.parse(afterJson) as unknown)).toEqual(
          all.map(({ uid, location, size, ok }) => ({
            uid,
            created_at: '2026-11-23T05:37:17.500000Z',
            file_location: location,
            size_bytes: size === null ? null : Number(size),
            ok,
          })),
        );
        expect(seen.rows.map(({ keyJson }) => JSON.parse(keyJson) as unknown)).toEqual(
          all.map(({ uid }) => ({ uid })),
        );
      }),
      runs(100),
    );
  });

  it('is read or refused by name, whatever its messages are and in whatever order they come', () => {
    const stream = fc.array(fc.oneof(messages, mutated(messages), mutated(fc.constant(RELATION))), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(stream, (all) => {
        try {
          const { marks } = capture([RELATION, ...all]);
          for (const { sequence, lsn } of marks) {
            expect(Number.isSafeInteger(sequence)).toBe(true);
            expect(lsn).toBeGreaterThan(0n);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(TidemarkError);
          expect(['ERR_STREAM_INVALID', 'ERR_TABLE_INVALID']).toContain((error as TidemarkError).code);
        }
      }),
      runs(1_500),
    );
  });
});

describe('a message that is too long for a string', () => {
  const begin = beginMessage({ commitLsn: 7n, committedAt: 0n, txId: 1 });

  it.each([
    ['under a name of its own', 'other'],
    ['under ours', MARK_PREFIX],
  ])('is passed over when somebody else has put it into the WAL %s', (_, prefix) => {
    const mark = { slot: 'slot', time: micros(5), clock: micros(6) };
    const ours = logicalMessage(MARK_PREFIX, Buffer.from(encodeMarkMessage(mark)));
    const stream = [begin, hugeMessage(prefix), ours, COMMIT_MESSAGE];
    expect(capture(stream).marks).toHaveLength(1);
  });

  it('is passed over when the name is what is so long', () => {
    const message = Buffer.alloc(2_000_000, 'n');
    message.write('M');
    message.fill(0, message.length - 5);
    expect(capture([begin, message, COMMIT_MESSAGE]).rows).toEqual([]);
  });

  it('or a row that is, is refused with its table and what to do', () => {
    const insert = insertMessage(OID, ['u', '2026-11-23 05:37:17+00', 'x'.repeat(2 ** 26), null, null]);
    expect(() => capture([RELATION, begin, insert])).toThrow(
      expect.objectContaining({
        code: 'ERR_TABLE_INVALID',
        detail: expect.stringContaining('public.files') as string,
        remedy: expect.stringContaining('ALTER PUBLICATION') as string,
      }),
    );
  });
});

const HUGE_BYTES = constants.MAX_STRING_LENGTH + 1;

/** Memory that nobody writes to costs none. */
function hugeMessage(prefix: string): Buffer {
  const head = logicalMessage(prefix, Buffer.alloc(0));
  const message = Buffer.alloc(head.length + HUGE_BYTES);
  message.set(head);
  message.writeUInt32BE(HUGE_BYTES, head.length - 4);
  return message;
}
