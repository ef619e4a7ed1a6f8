import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TYPE_OID, UID_TYPES } from '../../src/capture/column-json.ts';
import { RowEncoder } from '../../src/capture/row-encoder.ts';
import { usualColumns } from '../../src/capture/usual-columns.ts';
import { uidOfKey } from '../../src/log/decode-columns.ts';
import { decodeTableRow } from '../../src/log/decode-record.ts';
import { micros, parseMicros } from '../../src/model/micros.ts';
import type { ReadColumns } from '../../src/model/row.ts';
import type { TableRef } from '../../src/model/table.ts';
import { localToUtc } from '../../src/model/time-zone.ts';
import { SEED } from '../support/seed.ts';

const [TEXT, NUMERIC, JSONB] = [25, 1700, 3802];

const TABLE = {
  ...{ schema: 'public', name: 'files' },
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: 'file_location', sizeBytes: 'size_bytes' },
};

/** The same with a uid of two columns. */
const PAIRS = { ...TABLE, columns: { ...TABLE.columns, uid: ['uid', 'file_location'] } };

interface Case {
  readonly types: readonly [uid: number, createdAt: number, fileLocation: number, sizeBytes: number];
  readonly zone: string;
  readonly values: readonly (string | null)[];
}

function columnsOf({ types }: Case) {
  const names = ['uid', 'created_at', 'file_location', 'size_bytes'];
  return types.map((typeOid, i) => ({ name: names[i]!, typeOid, typmod: -1 }));
}

function readByValues(given: Case, table: TableRef = TABLE): ReadColumns | null {
  const zone = given.types[1] === TYPE_OID.timestamp ? given.zone : null;
  return usualColumns({ table, columns: columnsOf(given), toUtc: localToUtc(zone) })(given.values);
}

function readByJson(given: Case, table: TableRef = TABLE): object {
  const encoder = new RowEncoder(table, columnsOf(given), null);
  encoder.take(given.values);
  const decode = decodeTableRow({ columns: table.columns, createdAtZone: given.zone });
  return decode({ afterJson: encoder.afterJson(), columns: null }, micros(0));
}

const USUAL: Case = {
  types: [TEXT, TYPE_OID.timestamptz, TEXT, TYPE_OID.int8],
  zone: 'UTC',
  values: ['a "b" \\ ü', '2026-11-23 05:37:17.123456+00', '/data/a', '2000'],
};

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const time = fc.oneof(
  fc
    .date({ min: new Date('1500-01-01'), max: new Date('2400-01-01'), noInvalidDate: true })
    .chain((date) =>
      fc
        .integer({ min: 0, max: 999_999 })
        .map((fraction) => `${date.toISOString().slice(0, 19).replace('T', ' ')}.${fraction}`),
    ),
  fc.constantFrom(
    'infinity',
    '-infinity',
    '0044-03-15 00:00:00',
    '20260-01-01 00:00:00',
    '2026-02-29 00:00:00',
  ),
);

const orNull = (value: fc.Arbitrary<string>): fc.Arbitrary<string | null> => fc.option(value, { freq: 9 });

const cases: fc.Arbitrary<Case> = fc
  .record({
    uidType: fc.constantFrom(...UID_TYPES),
    timeType: fc.constantFrom(TYPE_OID.timestamp, TYPE_OID.timestamptz),
    locationType: fc.constantFrom(TEXT, JSONB, TYPE_OID.bool, TYPE_OID.int8),
    sizeType: fc.constantFrom(TYPE_OID.int8, TYPE_OID.int4, NUMERIC, TEXT),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
  })
  .chain(({ uidType, timeType, locationType, sizeType, zone }) => {
    const isInteger = (type: number) =>
      ([TYPE_OID.int2, TYPE_OID.int4, TYPE_OID.int8] as number[]).includes(type);
    const suffix = timeType === TYPE_OID.timestamptz ? '+00' : '';
    const location: fc.Arbitrary<string> =
      locationType === TYPE_OID.bool ? fc.constantFrom('t', 'f') : isInteger(locationType) ? integer : text;
    return fc.record({
      types: fc.constant<Case['types']>([uidType, timeType, locationType, sizeType]),
      zone: fc.constant(zone),
      values: fc.tuple(
        orNull(isInteger(uidType) ? integer : text),
        orNull(time.map((at) => (at.endsWith('infinity') ? at : at + suffix))),
        orNull(location),
        orNull(fc.oneof(integer, fc.nat().map(String))),
      ),
    });
  });

describe('what the archive reads of a row', () => {
  it('comes from the values when they are the usual ones', () => {
    expect(readByValues(USUAL)).toEqual({
      uid: 'a "b" \\ ü',
      createdAt: parseMicros('2026-11-23T05:37:17.123456Z'),
      fileLocation: '/data/a',
      sizeBytes: 2_000,
    });
  });

  it.each<[string, Partial<Case>]>([
    ['a created_at before Christ', { values: ['a', '0044-03-15 00:00:00+00 BC', '/data/a', '1'] }],
    ['a created_at that is infinite', { values: ['a', 'infinity', '/data/a', '1'] }],
    ['a uid that is NULL', { values: [null, '2026-11-23 05:37:17+00', '/data/a', '1'] }],
    ['a size below zero', { values: ['a', '2026-11-23 05:37:17+00', '/data/a', '-1'] }],
    [
      'a size beyond what a double holds',
      { values: ['a', '2026-11-23 05:37:17+00', '/data/a', '9007199254740993'] },
    ],
    ['a location that is no text', { types: [TEXT, TYPE_OID.timestamptz, TYPE_OID.bool, TYPE_OID.int8] }],
    ['a size that is no integer', { types: [TEXT, TYPE_OID.timestamptz, TEXT, NUMERIC] }],
  ])('is left to the JSON for %s', (_what, change) => {
    expect(readByValues({ ...USUAL, ...change })).toBeNull();
  });

  it('is the same from the values as from the JSON', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const read = readByValues(given);
        if (read !== null) expect(readByJson(given)).toMatchObject({ kind: 'row', ...read });
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it('is the same also where the uid has two columns', () => {
    const text = fc.string({ unit: fc.constantFrom(',', '\\', 'a', '"'), maxLength: 4 });
    const pair = fc.tuple(fc.option(text, { freq: 9 }), fc.option(text, { freq: 9 }));
    fc.assert(
      fc.property(pair, pair, ([a, b], [c, d]) => {
        const [one, other] = [
          [a, b],
          [c, d],
        ].map(([uid, location]) => {
          const given = { ...USUAL, values: [uid!, USUAL.values[1]!, location!, '1'] };
          const read = readByValues(given, PAIRS);
          const isWhole = uid !== null && location !== null;
          expect(readByJson(given, PAIRS)).toMatchObject(read ?? { kind: 'poison', reason: 'uid_invalid' });
          expect(read !== null).toBe(isWhole);
          return read;
        });
        if (!one || !other) return;
        expect(one.uid === other.uid).toBe(a === c && b === d);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it('is in the key column by column, and in the uid joined', () => {
    const columns = {
      uid: ['uid', 'size_bytes'],
      createdAt: 'created_at',
      fileLocation: null,
      sizeBytes: null,
    };
    const encoder = new RowEncoder({ ...TABLE, columns }, columnsOf(USUAL), null);
    encoder.take(USUAL.values);
    expect(encoder.keyJson()).toBe('{"uid":"a \\"b\\" \\\\ ü","size_bytes":2000}');
    expect(encoder.key().uid).toBe('a "b" \\\\ ü,2000');
    expect(uidOfKey(encoder.keyJson(), columns.uid)).toBe(encoder.key().uid);
    encoder.take([null, ...USUAL.values.slice(1)]);
    expect(uidOfKey(encoder.keyJson(), columns.uid)).toBeNull();
  });
});
