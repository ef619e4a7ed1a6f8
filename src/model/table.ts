import { listUidColumns } from './uid.ts';
import type { UidColumns } from './uid.ts';

/** What a stage must know of an archived table. */
export interface TableRef {
  /** Schema and name as Postgres spells them, without quotes. */
  readonly schema: string;
  readonly name: string;
  readonly columns: ColumnNames;
}

/** The table's own names for the columns that Tidemark reads; `null` where it has none (`payload: row`). */
export interface ColumnNames {
  readonly uid: UidColumns;
  readonly createdAt: string;
  readonly fileLocation: string | null;
  readonly sizeBytes: string | null;
}

/** Every column that Tidemark reads. */
export function namesOf({ uid, createdAt, fileLocation, sizeBytes }: ColumnNames): ReadonlySet<string> {
  const others = [createdAt, fileLocation, sizeBytes].filter((name) => name !== null);
  return new Set([...listUidColumns(uid), ...others]);
}

/** Its rows are archived for themselves (`payload: row`): their lines say the types of their columns too. */
export function namesNoFile({ columns }: Pick<TableRef, 'columns'>): boolean {
  return columns.fileLocation === null;
}

/** `schema.name`, the text form of a table in configuration, topics, shards and logs. */
export function tableId(table: Pick<TableRef, 'schema' | 'name'>): string {
  return `${table.schema}.${table.name}`;
}
