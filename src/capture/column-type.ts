import type { RelationColumn } from './pgoutput.ts';

/** Types as SQL has them, without a column's modifiers, by oid: `character varying`, `numeric[]`, `public.mood`. */
export type TypeNames = ReadonlyMap<number, string>;

/** Modifiers of `character(n)` and of numeric count the length word of the value too. */
const VALUE_HEADER_BYTES = 4;

/**
 * A column's type as `format_type` of the server writes it. The stream has no server to ask: it says oid and modifier of
 * the time at which the row was inserted, and that may be another one than now.
 *
 * @returns undefined for a type that `names` does not have.
 */
export function columnType(
  { typeOid, typmod }: Pick<RelationColumn, 'typeOid' | 'typmod'>,
  names: TypeNames,
): string | undefined {
  const name = names.get(typeOid);
  if (name === undefined || typmod < 0) return name;
  const isArray = name.endsWith('[]');
  return modified(isArray ? name.slice(0, -2) : name, typmod) + (isArray ? '[]' : '');
}

/** Extensions' modifiers are known to their own functions only; the value's text says all the same what it is. */
function modified(name: string, typmod: number): string {
  switch (name) {
    case 'character varying':
      return `character varying(${typmod - VALUE_HEADER_BYTES})`;
    // So `format_type` calls the two of them where they have no length.
    case 'bpchar':
    case 'character':
      return `character(${typmod - VALUE_HEADER_BYTES})`;
    case '"bit"':
    case 'bit':
      return `bit(${typmod})`;
    case 'bit varying':
      return `bit varying(${typmod})`;
    case 'numeric':
      return `numeric(${numericModifiers(typmod - VALUE_HEADER_BYTES)})`;
    case 'interval':
      return `interval${intervalModifiers(typmod)}`;
    case 'time with time zone':
    case 'time without time zone':
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return name.replace(' ', `(${typmod}) `);
    default:
      return name;
  }
}

/** Precision in the upper half; in the lower the scale, a signed number of eleven bits. */
function numericModifiers(bits: number): string {
  const scale = ((bits & 0x7ff) ^ 0x400) - 0x400;
  return `${(bits >> 16) & 0xffff},${scale}`;
}

/** Bits of the fields (datetime.h) in their order. */
const INTERVAL_FIELDS: readonly (readonly [bit: number, field: string])[] = [
  [2, 'year'],
  [1, 'month'],
  [3, 'day'],
  [10, 'hour'],
  [11, 'minute'],
  [12, 'second'],
];
const ALL_FIELDS = 0x7fff;
const ALL_DIGITS = 0xffff;

/** Fields in the upper half, digits of the second in the lower. */
function intervalModifiers(typmod: number): string {
  const [mask, digits] = [(typmod >> 16) & ALL_FIELDS, typmod & 0xffff];
  const fields = INTERVAL_FIELDS.filter(([bit]) => (mask & (1 << bit)) !== 0).map(([, field]) => field);
  const [first, last] = [fields[0], fields.at(-1)];
  const span = mask === ALL_FIELDS ? '' : first === last ? ` ${first}` : ` ${first} to ${last}`;
  return `${span}${digits === ALL_DIGITS ? '' : `(${digits})`}`;
}
