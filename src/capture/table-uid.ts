import { joinUid, listUidColumns } from '../model/uid.ts';
import type { TableRef } from '../model/table.ts';
import type { RowValues } from './keyset-page.ts';
import { quoteIdentifier, quoteLiteral } from './postgres-session.ts';

/**
 * Finds the uid in the values of a row.
 *
 * @returns a function that gives null where one of its columns is NULL or not there.
 */
export function uidReader(
  { columns }: TableRef,
  found: readonly { readonly name: string }[],
): (values: RowValues) => string | null {
  const places = listUidColumns(columns.uid).map((name) => found.findIndex((column) => column.name === name));
  if (places.length === 1) return (values) => values[places[0]!] ?? null;
  return (values) => {
    const parts: string[] = [];
    for (const at of places) {
      const part = values[at] ?? null;
      if (part === null) return null;
      parts.push(part);
    }
    return joinUid(parts);
  };
}

/** The same in SQL, as text; an index can hold it. */
export function uidExpression({ columns }: TableRef): string {
  const parts = listUidColumns(columns.uid).map((name) => `${quoteIdentifier(name)}::text`);
  if (parts.length === 1) return parts[0]!;
  const [backslash, comma] = [quoteLiteral('\\'), quoteLiteral(',')];
  const escaped = (part: string, character: string): string =>
    `replace(${part}, ${character}, ${backslash} || ${character})`;
  return `(${parts.map((part) => escaped(escaped(part, backslash), comma)).join(` || ${comma} || `)})`;
}
