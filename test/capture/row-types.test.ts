import { describe, expect, it } from 'vitest';
import { columnType } from '../../src/capture/column-type.ts';
import { readChange } from '../../src/capture/pgoutput.ts';
import { ChangeReader } from '../../src/capture/change-reader.ts';
import { RowEncoder } from '../../src/capture/row-encoder.ts';
import { LSN_ZERO } from '../../src/model/lsn.ts';
import {
  beginMessage,
  COMMIT_MESSAGE,
  insertMessage,
  relationMessage,
  typeMessage,
} from '../support/pgoutput-messages.ts';

const TABLE = {
  ...{ schema: 'public', name: 'orders' },
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null },
};
const OID = 16_384;
const [TEXT, TIMESTAMPTZ, NUMERIC, MOOD, MOODS] = [25, 1184, 1700, 16_390, 16_391];
const COLUMNS = [
  { name: 'uid', typeOid: TEXT, typmod: -1 },
  { name: 'created_at', typeOid: TIMESTAMPTZ, typmod: -1 },
  { name: 'say "x"', typeOid: NUMERIC, typmod: ((12 << 16) | 2) + 4 },
];
const FACTS = {
  names: new Map([
    [TEXT, 'text'],
    [TIMESTAMPTZ, 'timestamp with time zone'],
    [NUMERIC, 'numeric'],
    [MOOD, 'public.mood'],
  ]),
  notNull: new Set(['uid', 'created_at', 'say "x"']),
};
const VALUES = ['a', '2026-11-23 05:37:17+00', '1.10'];

function typesOf(json: string): unknown {
  return (JSON.parse(json) as { $types: unknown }).$types;
}

describe('the type of a column', () => {
  it.each([
    ['character varying', 14, 'character varying(10)'],
    ['character varying[]', 14, 'character varying(10)[]'],
    ['bpchar', 9, 'character(5)'],
    ['bpchar', -1, 'bpchar'],
    ['"bit"', 5, 'bit(5)'],
    ['"bit"[]', 5, 'bit(5)[]'],
    ['bit varying', 9, 'bit varying(9)'],
    ['numeric', ((12 << 16) | 2) + 4, 'numeric(12,2)'],
    ['numeric', ((5 << 16) | (-3 & 0x7ff)) + 4, 'numeric(5,-3)'],
    ['numeric', ((1_000 << 16) | 1_000) + 4, 'numeric(1000,1000)'],
    ['time without time zone', 3, 'time(3) without time zone'],
    ['timestamp with time zone', 0, 'timestamp(0) with time zone'],
    ['interval', (0x7fff << 16) | 3, 'interval(3)'],
    ['interval', ((8 + 1_024 + 2_048 + 4_096) << 16) | 2, 'interval day to second(2)'],
    ['interval', (4 << 16) | 0xffff, 'interval year'],
    ['interval', (6 << 16) | 0xffff, 'interval year to month'],
    ['public.geometry', 1_107_460, 'public.geometry'],
    ['integer', -1, 'integer'],
  ])('%s with the modifier %i is %s', (name, typmod, expected) => {
    expect(columnType({ typeOid: 1, typmod }, new Map([[1, name]]))).toBe(expected);
  });
});

describe('the line of a row without a file', () => {
  it('ends with the types of its columns', () => {
    const encoder = new RowEncoder(TABLE, COLUMNS, FACTS);
    encoder.take(VALUES);
    expect(encoder.afterJson()).toBe(
      '{"uid":"a","created_at":"2026-11-23T05:37:17.000000Z","say \\"x\\"":"1.10","$types":' +
        '{"uid":"text NOT NULL","created_at":"timestamp with time zone NOT NULL","say \\"x\\"":"numeric(12,2) NOT NULL"}}',
    );
  });

  it('says of no column that it is NOT NULL once one was NULL', () => {
    const encoder = new RowEncoder(TABLE, COLUMNS, FACTS);
    for (const price of [null, '1.10']) {
      encoder.take([...VALUES.slice(0, 2), price]);
      expect(typesOf(encoder.afterJson())).toMatchObject({
        uid: 'text NOT NULL',
        'say "x"': 'numeric(12,2)',
      });
    }
  });

  it('has the place of the types for nothing else', () => {
    const columns = [...COLUMNS, { name: '$types', typeOid: TEXT, typmod: -1 }];
    expect(() => new RowEncoder(TABLE, columns, FACTS)).toThrow(/column \$types/);
    const withFiles = { ...TABLE, columns: { ...TABLE.columns, fileLocation: 'say "x"' } };
    expect(() => new RowEncoder(withFiles, columns, null)).not.toThrow();
  });

  it('has the types of its own time, also those that were made since the session began', () => {
    const lines: string[] = [];
    const reader = new ChangeReader({
      slot: 'slot',
      tables: [{ ...TABLE, createdAtZone: null, archivedUntil: () => Promise.resolve(null) }],
      published: new Map(),
      types: new Map([['public.orders', FACTS]]),
      position: { lsn: LSN_ZERO, ordinal: 0, epoch: 1, sequence: 0, time: null, snapshots: new Map() },
      onRow: ({ afterJson }) => lines.push(afterJson),
      onMark: () => undefined,
    });
    const [uid, createdAt, price] = COLUMNS;
    const stream = [
      relationMessage(OID, 'orders', [uid!, createdAt!, price!]),
      beginMessage({ commitLsn: 9n, committedAt: 1n, txId: 1 }),
      insertMessage(OID, VALUES),
      typeMessage({ oid: MOOD, schema: 'public', name: 'mood' }),
      typeMessage({ oid: MOODS, schema: 'My Schema', name: '_mood' }),
      relationMessage(OID, 'orders', [
        ...[uid!, createdAt!, { ...price!, typmod: -1 }],
        ...[
          { name: 'mood', typeOid: MOOD },
          { name: 'moods', typeOid: MOODS },
        ],
      ]),
      insertMessage(OID, [...VALUES, 'sad', '{sad}']),
      COMMIT_MESSAGE,
    ];
    for (const message of stream) readChange(message, reader);
    const common = { uid: 'text NOT NULL', created_at: 'timestamp with time zone NOT NULL' };
    expect(lines.map(typesOf)).toEqual([
      { ...common, 'say "x"': 'numeric(12,2) NOT NULL' },
      { ...common, 'say "x"': 'numeric NOT NULL', mood: 'public.mood', moods: '"My Schema"._mood' },
    ]);
  });

  it('is refused when a type was never named', () => {
    const columns = [...COLUMNS, { name: 'odd', typeOid: 99_999, typmod: -1 }];
    expect(() => new RowEncoder(TABLE, columns, FACTS)).toThrow(/type 99999/);
  });
});
