import { TidemarkError } from '../base/errors.ts';
import { parseMicros } from '../model/micros.ts';
import type { RowKey } from '../model/capture-position.ts';
import type { CapturedRow } from '../model/row.ts';
import { namesNoFile, tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { listUidColumns } from '../model/uid.ts';
import { columnEncoder, TYPE_OID, UID_TYPES } from './column-json.ts';
import type { ColumnEncoder } from './column-json.ts';
import type { RowValues } from './keyset-page.ts';
import type { RelationColumn } from './pgoutput.ts';
import { RowTypes, TYPES_MEMBER } from './row-types.ts';
import { uidReader } from './table-uid.ts';
import type { TypeFacts } from './type-facts.ts';

interface Column {
  /** `{"name":` of the first column, `,"name":` of the others. */
  readonly lead: string;
  readonly encode: ColumnEncoder;
}

const CREATED_AT_TYPES: readonly number[] = [TYPE_OID.timestamp, TYPE_OID.timestamptz];

/**
 * Makes the JSON of one table's rows, from the stream and from the snapshot alike. The text is put together
 * directly; nobody parses it again.
 */
export class RowEncoder {
  readonly table: string;
  /** Room for one row's values, in the table's order; filled by the caller, read by the methods. */
  readonly values: (string | null)[];
  readonly #columns: readonly Column[];
  /** Those of the uid, with the place of their value. */
  readonly #keyColumns: readonly (Column & { readonly at: number })[];
  readonly #uidOf: (values: RowValues) => string | null;
  readonly #createdAtAt: number;
  readonly #types: RowTypes | null;

  /**
   * @param types null for a table whose rows do not say them.
   * @throws TidemarkError ERR_TABLE_INVALID when uid or created_at is not among the columns or has become of a type
   * that gives no place in the archive: every row would end as a reject. Also when a column has the name of the types.
   */
  constructor(table: TableRef, columns: readonly RelationColumn[], types: TypeFacts | null) {
    const position = (name: string, types: readonly number[]): number => {
      const at = columns.findIndex((column) => column.name === name);
      const type = columns[at]?.typeOid;
      if (type !== undefined && types.includes(type)) return at;
      throw invalidColumn({ table, name, type });
    };
    this.table = tableId(table);
    this.values = new Array<string | null>(columns.length).fill(null);
    const column = ({ name, typeOid }: RelationColumn, i: number): Column => ({
      lead: `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`,
      encode: columnEncoder(typeOid),
    });
    this.#columns = columns.map(column);
    this.#keyColumns = listUidColumns(table.columns.uid).map((name, i) => {
      const at = position(name, UID_TYPES);
      return { ...column(columns[at]!, i), at };
    });
    this.#uidOf = uidReader(table, columns);
    this.#createdAtAt = position(table.columns.createdAt, CREATED_AT_TYPES);
    if (namesNoFile(table) && columns.some(({ name }) => name === TYPES_MEMBER)) throw takenName(table);
    this.#types = types && new RowTypes(columns, types);
  }

  /** Fills {@link values} with a row of the table. */
  take(row: RowValues): void {
    for (let i = 0; i < row.length; i++) this.values[i] = row[i]!;
  }

  keyJson(): string {
    let json = '';
    for (const { lead, encode, at } of this.#keyColumns) {
      const value = this.values[at]!;
      json += lead + (value === null ? 'null' : encode(value));
    }
    return `${json}}`;
  }

  afterJson(): string {
    let json = '';
    for (let i = 0; i < this.#columns.length; i++) {
      const { lead, encode } = this.#columns[i]!;
      const value = this.values[i]!;
      json += lead + (value === null ? 'null' : encode(value));
      if (value === null) this.#types?.takeNull(i);
    }
    return this.#types === null ? `${json}}` : `${json},${this.#types.json}}`;
  }

  /** Its place in the order of the snapshot. */
  key(): RowKey {
    const createdAt = this.values[this.#createdAtAt];
    return {
      createdAt: (createdAt === null || createdAt === undefined ? undefined : parseMicros(createdAt)) ?? null,
      uid: this.#uidOf(this.values) ?? '',
    };
  }
}

/** A row that is read from the table; it has been in no transaction that anybody knows. `encoder.key()` is its key then. */
export function encodeTableRow(
  encoder: RowEncoder,
  values: RowValues,
): Omit<CapturedRow, 'lsn' | 'committedAt'> {
  encoder.take(values);
  return {
    table: encoder.table,
    op: 'r',
    txId: 0,
    keyJson: encoder.keyJson(),
    afterJson: encoder.afterJson(),
  };
}

function invalidColumn(found: { table: TableRef; name: string; type: number | undefined }): TidemarkError {
  const { table, name, type } = found;
  return new TidemarkError('ERR_TABLE_INVALID', {
    detail:
      type === undefined
        ? `${tableId(table)} has no published column ${name}`
        : `${tableId(table)}.${name} has a type that cannot be archived (oid ${type} of pg_type)`,
    remedy:
      'Give the column its name and type back, or name another one in tables[].columns. Rows inserted meanwhile cannot be read from the slot: drop it and run `tidemark init`; the table is then read again above archived_until and duplicates are removed.',
  });
}

function takenName(table: TableRef): TidemarkError {
  return new TidemarkError('ERR_TABLE_INVALID', {
    detail: `${tableId(table)} has a column ${TYPES_MEMBER}, where a row’s line says the types of its columns`,
    remedy: `Rename the column, or publish the table without it (ALTER PUBLICATION … SET TABLE ${tableId(table)} (…)).`,
  });
}
