import { micros, parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { ReadColumns } from '../model/row.ts';
import type { ColumnNames } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import { joinUid, listUidColumns } from '../model/uid.ts';
import type { UidColumns } from '../model/uid.ts';
import type { TimeUnit } from './debezium-schema.ts';
import { jsonMembers } from './json-members.ts';
import { UnfitRecord } from './unfit-record.ts';

type Columns = Record<string, unknown>;

/**
 * Takes from a row's JSON the columns that the archive reads.
 *
 * @returns a function of the row's bytes (and their text, where the caller has it) that throws UnfitRecord when one of
 * them cannot be used.
 */
export function rowColumns(options: {
  columns: ColumnNames;
  createdAtZone: string | null;
}): (line: Buffer, unit: TimeUnit, text?: string) => ReadColumns {
  const { columns, createdAtZone } = options;
  const uidNames = listUidColumns(columns.uid);
  const toUtc = localToUtc(createdAtZone);
  return (line, unit, text = line.toString('utf8')) => {
    const row = JSON.parse(text) as Columns;
    const uid = uidOf(row, uidNames, line);
    if (uid === null)
      throw new UnfitRecord('uid_invalid', `${uidNames.join(', ')} is missing, NULL or no text`);
    return {
      uid,
      createdAt: createdAtOf({ row, column: columns.createdAt, line, unit, toUtc, uid }),
      fileLocation: fileLocationOf(row, columns.fileLocation, uid),
      sizeBytes: sizeOf(row, columns.sizeBytes, uid),
    };
  };
}

/** The uid in the key of a record; null when a column of it is NULL. */
export function uidOfKey(keyJson: string, uid: UidColumns): string | null {
  return uidOf(JSON.parse(keyJson) as Columns, listUidColumns(uid), Buffer.from(keyJson));
}

function uidOf(row: Columns, names: readonly string[], line: Buffer): string | null {
  const parts: string[] = [];
  for (const name of names) {
    const part = own(row, name);
    if (typeof part === 'string') parts.push(part);
    else if (typeof part === 'number') parts.push(rawText(line, name));
    else return null;
  }
  return joinUid(parts);
}

interface CreatedAtInput {
  readonly row: Columns;
  readonly column: string;
  readonly line: Buffer;
  readonly unit: TimeUnit;
  readonly toUtc: (local: Micros) => Micros;
  readonly uid: string;
}

/** Text with a zone is an instant; a number or text without one is a wall time in the table's zone. */
function createdAtOf({ row, column, line, unit, toUtc, uid }: CreatedAtInput): Micros {
  const value = own(row, column);
  let time: Micros | undefined;
  if (typeof value === 'string') {
    time = parseMicros(value);
    if (time !== undefined && !HAS_ZONE.test(value)) time = toUtc(time);
  } else if (unit === 'micros' && Number.isSafeInteger(value)) {
    time = toUtc(value as Micros);
  } else if (typeof value === 'number') {
    time = fromUnit(rawText(line, column), unit);
    if (time !== undefined) time = toUtc(time);
  }
  if (time === undefined || !Number.isSafeInteger(time)) {
    throw new UnfitRecord(
      'created_at_invalid',
      `${column} is NULL, infinite or no time of 1684 to 2255`,
      uid,
    );
  }
  return time;
}

const HAS_ZONE = /(?:Z|\d[+-]\d\d(?::?\d\d){0,2})(?: BC)?$/;

/** Microseconds; undefined for what is no whole number or no time that can be held. */
export function fromUnit(digits: string, unit: TimeUnit): Micros | undefined {
  if (!/^-?\d{1,19}$/.test(digits)) return undefined;
  const value = BigInt(digits);
  const scaled = unit === 'millis' ? value * 1_000n : unit === 'nanos' ? floorDiv(value, 1_000n) : value;
  return Number.isSafeInteger(Number(scaled)) ? micros(scaled) : undefined;
}

function floorDiv(a: bigint, b: bigint): bigint {
  return a >= 0n || a % b === 0n ? a / b : a / b - 1n;
}

function fileLocationOf(row: Columns, column: string | null, uid: string): string | null {
  const value = column === null ? null : (own(row, column) ?? null);
  if (value === null || typeof value === 'string') return value;
  throw new UnfitRecord('record_invalid', `${column} is no text`, uid);
}

function sizeOf(row: Columns, column: string | null, uid: string): number | null {
  const value = column === null ? null : (own(row, column) ?? null);
  if (value === null) return null;
  const size = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  throw new UnfitRecord('record_invalid', `${column} is no number of bytes`, uid);
}

/** A number as it stands in the text: parsing has rounded it when it is large. */
function rawText(line: Buffer, column: string): string {
  const slice = jsonMembers(line, { start: 0, end: line.length })?.get(column);
  return slice === undefined ? '' : line.toString('utf8', slice.start, slice.end);
}

function own(row: Columns, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}
