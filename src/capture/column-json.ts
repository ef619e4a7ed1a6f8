import { parseUsualMicros } from '../model/micros.ts';

/** Turns a column's text, as Postgres sends it, into JSON. */
export type ColumnEncoder = (text: string) => string;

/** Object ids of built-in types (pg_type.dat). */
export const TYPE_OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
} as const;

/** text, varchar, char(n), uuid and the integers: what has one text form. */
export const UID_TYPES: readonly number[] = [
  25,
  1043,
  1042,
  2950,
  TYPE_OID.int2,
  TYPE_OID.int4,
  TYPE_OID.int8,
];

/** Their text is a JSON number. */
export const INTEGER_TYPES: readonly number[] = [TYPE_OID.int2, TYPE_OID.int4, TYPE_OID.int8, TYPE_OID.oid];

const ENCODERS: ReadonlyMap<number, ColumnEncoder> = new Map<number, ColumnEncoder>([
  [TYPE_OID.bool, (text) => (text === 't' ? 'true' : 'false')],
  ...INTEGER_TYPES.map((type): [number, ColumnEncoder] => [type, digits]),
  [TYPE_OID.float4, encodeFloat],
  [TYPE_OID.float8, encodeFloat],
  [TYPE_OID.timestamp, encodeTimestamp],
  [TYPE_OID.timestamptz, encodeTimestamptz],
]);

/** True of what becomes a JSON string of the same text, whatever the text is. */
export function isText(typeOid: number): boolean {
  return !ENCODERS.has(typeOid);
}

/** Everything without a JSON type of its own (numeric, uuid, json, date, bytea, arrays, …) is its text. */
export function columnEncoder(typeOid: number): ColumnEncoder {
  return ENCODERS.get(typeOid) ?? encodeString;
}

/** Control characters, quote and backslash are what JSON forbids in a string. */
const NEEDS_ESCAPE = /[^\u0020-\u0021\u0023-\u005b\u005d-\uffff]/;

function encodeString(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function digits(text: string): string {
  return text;
}

function encodeFloat(text: string): string {
  // NaN and Infinity are no JSON numbers; `1e+20` is one.
  return text === 'NaN' || text.endsWith('Infinity') ? `"${text}"` : text;
}

const FRACTION_DIGITS = 6;

/** `2026-11-23 05:37:17.1+00` → `2026-11-23T05:37:17.100000Z`. The session's TimeZone is UTC. */
function encodeTimestamptz(text: string): string {
  // The common form by position: four digits of year, six of fraction, `+00` behind.
  if (text.length === 29 && text.endsWith('+00')) return `"${text.slice(0, 10)}T${text.slice(11, 26)}Z"`;
  const zone = text.indexOf('+');
  // `infinity`, `-infinity`
  if (zone === -1) return encodeString(text);
  const era = text.endsWith(' BC') ? ' BC' : '';
  return `"${isoDateTime(text.slice(0, zone))}Z${era}"`;
}

function isoDateTime(text: string): string {
  const [date, time] = text.split(' ', 2);
  if (time === undefined) return text;
  const fraction = time.length > 8 ? time.slice(9) : '';
  return `${date}T${time.slice(0, 8)}.${fraction.padEnd(FRACTION_DIGITS, '0')}`;
}

/** Microseconds since 1970 as if the wall time were UTC: Debezium's MicroTimestamp. */
function encodeTimestamp(text: string): string {
  const usual = parseUsualMicros(text);
  if (usual !== undefined) return String(usual);
  if (text.endsWith('infinity')) return encodeString(text);
  const m = /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?( BC)?$/.exec(text);
  if (m === null) return encodeString(text);
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number) as SixNumbers;
  const astronomical = m[8] === undefined ? year : 1 - year;
  // `Date` ends in the year 275760, Postgres in 294276: count whole cycles of the calendar apart.
  const cycles = Math.floor((astronomical - 2_000) / 400);
  const ms = Date.UTC(astronomical - cycles * 400, month - 1, day, hour, minute, second);
  const fraction = (m[7] ?? '').padEnd(FRACTION_DIGITS, '0');
  return ((BigInt(ms) + BigInt(cycles) * MS_PER_400_YEARS) * 1_000n + BigInt(fraction)).toString();
}

type SixNumbers = [number, number, number, number, number, number];

const MS_PER_400_YEARS = 146_097n * 86_400_000n;
