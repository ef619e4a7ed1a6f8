import { parseUsualMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { ReadColumns } from '../model/row.ts';
import type { TableRef } from '../model/table.ts';
import { listUidColumns } from '../model/uid.ts';
import { INTEGER_TYPES, isText, TYPE_OID, UID_TYPES } from './column-json.ts';
import type { RowValues } from './keyset-page.ts';
import type { RelationColumn } from './pgoutput.ts';
import { uidReader } from './table-uid.ts';

export interface UsualColumnsOptions {
  readonly table: TableRef;
  readonly columns: readonly RelationColumn[];
  /** Of a created_at without a zone. */
  readonly toUtc: (local: Micros) => Micros;
}

/** Never a rounded one. */
const USUAL_SIZE = /^\d{1,15}$/;

/**
 * Takes what the archive reads of a row from the row's values: what it would read in the row's JSON, without parsing it.
 *
 * @returns a function of the values that gives null where a type or a value is not the usual one: then the JSON is asked.
 */
export function usualColumns(options: UsualColumnsOptions): (values: RowValues) => ReadColumns | null {
  const { table, columns, toUtc } = options;
  // -1 of a column that is not there: its value is undefined then, as in the JSON.
  const find = (name: string | null, isUsual: (typeOid: number) => boolean): number | null => {
    const at = columns.findIndex((column) => column.name === name);
    return at === -1 || isUsual(columns[at]!.typeOid) ? at : null;
  };
  const uidAt = listUidColumns(table.columns.uid).map((name) =>
    find(name, (type) => UID_TYPES.includes(type)),
  );
  const uidOf = uidReader(table, columns);
  const createdAtAt = find(table.columns.createdAt, (type) => type === TYPE_OID.timestamptz);
  const wallTimeAt = find(table.columns.createdAt, (type) => type === TYPE_OID.timestamp);
  const locationAt = find(table.columns.fileLocation, isText);
  const sizeAt = find(table.columns.sizeBytes, (type) => INTEGER_TYPES.includes(type));
  const timeAt = createdAtAt ?? wallTimeAt;
  if (uidAt.includes(null) || timeAt === null || locationAt === null || sizeAt === null) return () => null;
  const isWallTime = createdAtAt === null;

  return (values) => {
    const uid = uidOf(values);
    const time = values[timeAt] ?? null;
    if (uid === null || time === null) return null;
    const local = parseUsualMicros(time);
    if (local === undefined) return null;
    const createdAt = isWallTime ? toUtc(local) : local;
    const size = values[sizeAt] ?? null;
    if (!Number.isSafeInteger(createdAt) || (size !== null && !USUAL_SIZE.test(size))) return null;
    const fileLocation = values[locationAt] ?? null;
    return { uid, createdAt, fileLocation, sizeBytes: size === null ? null : Number(size) };
  };
}
