import type { Random } from '../support/random.ts';

/** One column of every type that a table can have, with values at the edges and a way to make others. */
export interface SampleColumn {
  readonly name: string;
  readonly type: string;
  readonly edges: readonly string[];
  /** What the archive calls the type, where that is not `type`. */
  readonly archivedAs?: string;
  readonly random?: (random: Random) => string;
}

/** Types of the user's own. */
export const SAMPLE_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'so, so', 'happy "!"', 'Grüße 🙂', '');
  CREATE TYPE pair AS (feeling mood, "some text" text, amount numeric);
  CREATE TYPE text_range AS RANGE (subtype = text);
  CREATE DOMAIN small AS integer CHECK (VALUE < 1000);
  CREATE DOMAIN price AS numeric(10,2);
  CREATE DOMAIN best_price AS price;
  CREATE DOMAIN moment AS timestamp;`;

const TEXTS = [
  ...['', ' ', 'NULL', 'null', '\\N', '\\.', '"quoted"', "it's", 'a\\b', '{}', ',', 'tab\t', 'line\nend\r\n'],
  ...['Grüße 🙂 日本語', 'e\u0301', '\u2028\u2029', '\u0001\u007f\u0085', '\ufeffbom', '\uffff', '$1', '%s'],
];

const digits = (random: Random, most: number): string =>
  Array.from({ length: random.between(1, most) }, () => random.between(0, 9)).join('');
const sign = (random: Random): string => random.pick(['', '-']);
const integerOf = (bits: number) => (random: Random) => {
  const value = BigInt.asIntN(
    bits,
    (BigInt(random.between(0, 2 ** 32 - 1)) << 32n) + BigInt(random.between(0, 2 ** 32 - 1)),
  );
  return value.toString();
};
const hex = (random: Random, bytes: number): string =>
  Array.from({ length: bytes }, () => random.between(0, 255).toString(16).padStart(2, '0')).join('');
const text = (random: Random): string =>
  Array.from({ length: random.between(0, 6) }, () => random.pick(TEXTS)).join(random.pick(['', '-', ' ']));
const bits = (random: Random, length: number): string =>
  Array.from({ length }, () => random.between(0, 1)).join('');
const float = (random: Random): string => {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.between(0, 2 ** 32 - 1));
  view.setUint32(4, random.between(0, 2 ** 32 - 1));
  return String(view.getFloat64(0));
};
const float4 = (random: Random): string => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, random.between(0, 2 ** 32 - 1));
  return String(view.getFloat32(0));
};
const numeric = (random: Random): string =>
  `${sign(random)}${digits(random, 40)}${random.pick(['', '.0', `.${digits(random, 40)}`])}`;
const two = (random: Random, least: number, most: number): string =>
  String(random.between(least, most)).padStart(2, '0');
const date = (random: Random): string =>
  `${String(random.between(1, 9_999)).padStart(4, '0')}-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const time = (random: Random): string =>
  `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}.${digits(random, 6)}`;
const interval = (random: Random): string =>
  `${sign(random)}${random.between(0, 200)} years ${sign(random)}${random.between(0, 11)} mons ${sign(random)}${random.between(0, 400)} days ${sign(random)}${time(random)}`;
const point = (random: Random): string => `(${random.fraction()},${-random.fraction()})`;
const quoted = (value: string): string => `"${value.replace(/(["\\])/g, '\\$1')}"`;
const list = (element: (random: Random) => string) => (random: Random) =>
  `{${Array.from({ length: random.between(0, 4) }, () => (random.chance(0.2) ? 'NULL' : quoted(element(random)))).join(',')}}`;
const span =
  (element: (random: Random) => string, order: (a: string, b: string) => number) => (random: Random) => {
    const [from, to] = [element(random), element(random)].sort(order) as [string, string];
    return `${random.pick(['[', '('])}${quoted(from)},${quoted(to)}${random.pick([']', ')'])}`;
  };
const byNumber = (a: string, b: string): number => Number(a) - Number(b);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const small = (random: Random): string => String(random.between(-1_000, 999));

const TIMES = [
  'infinity',
  '-infinity',
  '1969-12-31 23:59:59.999999',
  '0001-01-01 00:00:00',
  '2024-02-29 12:00:00.1',
];

export const SAMPLE_COLUMNS: readonly SampleColumn[] = [
  { name: 'c_bool', type: 'boolean', edges: ['t', 'f'] },
  { name: 'c_int2', type: 'smallint', edges: ['-32768', '32767'], random: integerOf(16) },
  { name: 'c_int4', type: 'integer', edges: ['-2147483648', '0'], random: integerOf(32) },
  {
    name: 'c_int8',
    type: 'bigint',
    edges: ['-9223372036854775808', '9007199254740993'],
    random: integerOf(64),
  },
  { name: 'c_oid', type: 'oid', edges: ['0', '4294967295'] },
  {
    name: 'c_float4',
    type: 'real',
    edges: ['-0', 'NaN', 'Infinity', '-Infinity', '3.4028235e38', '1e-45'],
    random: float4,
  },
  {
    name: 'c_float8',
    type: 'double precision',
    edges: ['-0', 'NaN', '-Infinity', '5e-324', '1e+20', '0.1'],
    random: float,
  },
  {
    name: 'c_numeric',
    type: 'numeric',
    edges: ['NaN', 'Infinity', '-Infinity', '0.00', `-${'1'.repeat(1_000)}.${'70'.repeat(500)}`],
    random: numeric,
  },
  {
    name: 'c_scaled',
    type: 'numeric(12,2)',
    edges: ['-1234567890.10', 'NaN'],
    random: (r) => `${sign(r)}${digits(r, 10)}.${digits(r, 2)}`,
  },
  { name: 'c_thousands', type: 'numeric(5,-3)', edges: ['-99999000', '0'] },
  {
    name: 'c_money',
    type: 'money',
    edges: ['-92233720368547758.08', '0.01'],
    random: (r) => `${sign(r)}${digits(r, 12)}.${digits(r, 2)}`,
  },
  { name: 'c_text', type: 'text', edges: [...TEXTS, 'x'.repeat(50_000)], random: text },
  { name: 'c_varchar', type: 'character varying(10)', edges: ['', '1234567890', '  '] },
  { name: 'c_char', type: 'character(5)', edges: ['', 'ab', '日本語🙂x'] },
  { name: 'c_byte', type: '"char"', edges: ['', 'a', '\\200', '\\377'] },
  { name: 'c_name', type: 'name', edges: ['', 'Größe "in" Zoll'] },
  {
    name: 'c_bytea',
    type: 'bytea',
    edges: ['\\x', '\\x00ff5c'],
    random: (r) => `\\x${hex(r, r.between(0, 40))}`,
  },
  {
    name: 'c_date',
    type: 'date',
    edges: ['infinity', '-infinity', '4714-11-24 BC', '5874897-12-31'],
    random: date,
  },
  { name: 'c_time', type: 'time(3) without time zone', edges: ['24:00:00', '00:00:00'], random: time },
  { name: 'c_timetz', type: 'time with time zone', edges: ['24:00:00+15:59', '12:00:00.000001-11:30:15'] },
  {
    name: 'c_timestamp',
    type: 'timestamp without time zone',
    edges: [...TIMES, '4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999'],
    random: (r) => `${date(r)} ${time(r)}`,
  },
  { name: 'c_timestamp0', type: 'timestamp(0) without time zone', edges: ['2024-02-29 12:00:00'] },
  {
    name: 'c_timestamptz',
    type: 'timestamp with time zone',
    edges: [
      ...TIMES.map((t) => (t.endsWith('infinity') ? t : `${t}+00`)),
      '4713-01-02 00:00:00+00 BC',
      '294276-12-31 23:59:59.999999+00',
      '10000-01-01 00:00:00+00',
    ],
    random: (r) => `${date(r)} ${time(r)}+05:45`,
  },
  { name: 'c_timestamptz3', type: 'timestamp(3) with time zone', edges: ['2024-02-29 12:00:00.123+00'] },
  {
    name: 'c_interval',
    type: 'interval',
    edges: ['00:00:00', '-00:00:00.000001', '1 year -2 mons 3 days -04:05:06.789'],
    random: interval,
  },
  { name: 'c_interval_span', type: 'interval day to second(2)', edges: ['-3 days 04:05:06.78'] },
  { name: 'c_interval_year', type: 'interval year', edges: ['-178 years'] },
  { name: 'c_interval3', type: 'interval(3)', edges: ['1 mon 00:00:00.123'] },
  {
    name: 'c_uuid',
    type: 'uuid',
    edges: ['00000000-0000-0000-0000-000000000000'],
    random: (r) => hex(r, 16),
  },
  {
    name: 'c_json',
    type: 'json',
    edges: [
      '{"a":1,"a":1.0, "n":123456789012345678901234567890.10}',
      ' [1 ,\n2e400, "\\u0041\\""] ',
      'null',
      '"x"',
      '-0',
    ],
  },
  {
    name: 'c_jsonb',
    type: 'jsonb',
    edges: ['{"b":1.10,"a":[1e300,-0,null],"é":"\\u00e9\\n"}', 'null', '"x"', '12345678901234567890123'],
  },
  {
    name: 'c_xml',
    type: 'xml',
    edges: ['', 'text only', '<a b="1">x &amp; y<!-- c --></a>', '<?xml version="1.0"?><a/>'],
  },
  { name: 'c_jsonpath', type: 'jsonpath', edges: ['$.a[*] ? (@ > 1 && @.b == "x")'] },
  { name: 'c_bit', type: 'bit(5)', edges: ['00000'], random: (r) => bits(r, 5) },
  {
    name: 'c_varbit',
    type: 'bit varying(9)',
    edges: ['', '000000001'],
    random: (r) => bits(r, r.between(0, 9)),
  },
  { name: 'c_inet', type: 'inet', edges: ['192.168.0.1/24', '::1', 'fe80::1/64', '0.0.0.0/0'] },
  { name: 'c_cidr', type: 'cidr', edges: ['10.0.0.0/8', '::/0'] },
  { name: 'c_macaddr', type: 'macaddr', edges: ['00:00:00:00:00:00'], random: (r) => hex(r, 6) },
  { name: 'c_macaddr8', type: 'macaddr8', edges: ['ff:ff:ff:ff:ff:ff:ff:ff'], random: (r) => hex(r, 8) },
  { name: 'c_point', type: 'point', edges: ['(0,-0)', '(1e300,5e-324)', '(NaN,Infinity)'], random: point },
  { name: 'c_line', type: 'line', edges: ['{1,-1,0.1}'] },
  { name: 'c_lseg', type: 'lseg', edges: ['[(0,0),(1,1)]'], random: (r) => `[${point(r)},${point(r)}]` },
  { name: 'c_box', type: 'box', edges: ['(1,1),(0,0)'], random: (r) => `${point(r)},${point(r)}` },
  { name: 'c_path', type: 'path', edges: ['((0,0),(1,1))', '[(0,0),(1,2),(0.1,3)]'] },
  { name: 'c_polygon', type: 'polygon', edges: ['((0,0),(1,1),(2,0))'] },
  { name: 'c_circle', type: 'circle', edges: ['<(0,0),0>', '<(0.1,0.2),0.3>'] },
  { name: 'c_tsvector', type: 'tsvector', edges: ['', "'a b':1A,2 'it''s':3 'x'"] },
  { name: 'c_tsquery', type: 'tsquery', edges: ["'a' & !'b' <2> 'c':*A"] },
  { name: 'c_lsn', type: 'pg_lsn', edges: ['0/0', 'FFFFFFFF/FFFFFFFF'] },
  { name: 'c_snapshot', type: 'pg_snapshot', edges: ['10:20:10,14,15'] },
  {
    name: 'c_int4range',
    type: 'int4range',
    edges: ['empty', '(,)', '[1,10)'],
    random: span(small, byNumber),
  },
  { name: 'c_numrange', type: 'numrange', edges: ['[1.10,)', '(,-1]'], random: span(small, byNumber) },
  { name: 'c_tsrange', type: 'tsrange', edges: ['["2024-01-01 00:00:00",infinity]'] },
  { name: 'c_tstzrange', type: 'tstzrange', edges: ['(,"2024-01-01 00:00:00.5+00")'] },
  { name: 'c_daterange', type: 'daterange', edges: ['[2024-01-01,2024-02-01)'], random: span(date, byText) },
  {
    name: 'c_textrange',
    type: 'text_range',
    archivedAs: 'public.text_range',
    edges: ['["","a,b\\"c)"]', '["(",z)'],
  },
  { name: 'c_multirange', type: 'int4multirange', edges: ['{}', '{[1,3),[5,)}'] },
  { name: 'c_datemultirange', type: 'datemultirange', edges: ['{(,2024-01-01),[2025-01-01,2025-02-01)}'] },
  {
    name: 'c_mood',
    type: 'mood',
    archivedAs: 'public.mood',
    edges: ['sad', 'so, so', 'happy "!"', 'Grüße 🙂', ''],
  },
  {
    name: 'c_pair',
    type: 'pair',
    archivedAs: 'public.pair',
    edges: ['(,,)', '(sad,"a ""b"", (c)\\\\",1.10)', '("","",NaN)'],
  },
  { name: 'c_small', type: 'small', archivedAs: 'integer', edges: ['-5', '999'] },
  { name: 'c_best_price', type: 'best_price', archivedAs: 'numeric(10,2)', edges: ['-0.10', '12345678.90'] },
  {
    name: 'c_moment',
    type: 'moment',
    archivedAs: 'timestamp without time zone',
    edges: ['2024-02-29 12:00:00.000001', 'infinity'],
  },
  {
    name: 'c_int_array',
    type: 'integer[]',
    edges: ['{}', '{NULL}', '[2:3]={7,NULL}', '[-1:0][5:6]={{1,2},{3,4}}'],
    random: list(small),
  },
  { name: 'c_text_array', type: 'text[]', edges: ['{""}', '{NULL,"NULL"}'], random: list(text) },
  { name: 'c_varchar_array', type: 'character varying(4)[]', edges: ['{abcd,"a,b"}'] },
  { name: 'c_numeric_array', type: 'numeric(20,3)[]', edges: ['{1.100,NaN}'] },
  {
    name: 'c_float_array',
    type: 'double precision[]',
    edges: ['{-0,NaN,-Infinity,0.1}'],
    random: list(float),
  },
  {
    name: 'c_bytea_array',
    type: 'bytea[]',
    edges: ['{"\\\\x00ff",NULL}'],
    random: list((r) => `\\x${hex(r, 3)}`),
  },
  {
    name: 'c_time_array',
    type: 'timestamp(3) with time zone[]',
    edges: ['{"2024-02-29 12:00:00.5+00",infinity}'],
  },
  { name: 'c_interval_array', type: 'interval[]', edges: ['{"-1 day +00:00:01"}'], random: list(interval) },
  { name: 'c_json_array', type: 'json[]', edges: ['{"{\\"a\\":1,\\"a\\":2}"}'] },
  {
    name: 'c_mood_array',
    type: 'mood[]',
    archivedAs: 'public.mood[]',
    edges: ['{sad,NULL,"happy \\"!\\"",""}'],
  },
  {
    name: 'c_pair_array',
    type: 'pair[]',
    archivedAs: 'public.pair[]',
    edges: ['{"(sad,\\"a b\\",1.0)",NULL}'],
  },
  { name: 'Größe "in" \\ Zoll', type: 'text', edges: ['umlaut'], random: text },
  { name: '1', type: 'text', edges: ['a number for a name'] },
  { name: '__proto__', type: 'text', edges: ['a prototype for a name'] },
  { name: 'always', type: 'text NOT NULL', edges: [''], random: text },
];

/** Values of one row, in the order of the columns: edges first, then others, and some NULLs. */
export function sampleValues(random: Random, row: number): (string | null)[] {
  return SAMPLE_COLUMNS.map(({ type, edges, random: make }) => {
    if (row < edges.length) return edges[row]!;
    if (!type.endsWith('NOT NULL') && random.chance(0.2)) return null;
    return make === undefined || random.chance(0.2) ? random.pick(edges) : make(random);
  });
}
