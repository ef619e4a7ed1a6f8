import { formatLsn } from '../model/lsn.ts';
import type { Mark } from '../model/mark.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { CapturedRow } from '../model/row.ts';

/**
 * Makes values in Debezium's shape without schemas. Rows of one transaction follow each other, so what they have
 * in common is built once for them.
 *
 * @returns a function from a row to the JSON text of its record's value.
 */
export function recordEncoder(): (row: CapturedRow) => string {
  let last: CapturedRow | undefined;
  let tail = '';
  return (row) => {
    if (last === undefined || !sharesSource(last, row)) tail = sourceTail(row);
    last = row;
    return `{"op":"${row.op}","after":${row.afterJson}${tail}`;
  };
}

function sharesSource(a: CapturedRow, b: CapturedRow): boolean {
  return (
    a.lsn === b.lsn &&
    a.txId === b.txId &&
    a.committedAt === b.committedAt &&
    a.table === b.table &&
    a.op === b.op
  );
}

function sourceTail({ table, op, lsn, txId, committedAt }: CapturedRow): string {
  const dot = table.indexOf('.');
  const source = [
    `"lsn":${lsn}`,
    `"txId":${txId}`,
    `"ts_us":${committedAt}`,
    `"schema":${JSON.stringify(table.slice(0, dot))}`,
    `"table":${JSON.stringify(table.slice(dot + 1))}`,
    `"snapshot":"${op === 'r'}"`,
  ];
  return `,"source":{${source.join(',')}},"ts_ms":${Math.floor(committedAt / MICROS_PER_MS)}}`;
}

/** A mark is `{"resolved":{…}}` with a null key, CockroachDB's convention. Times are microseconds. */
export function encodeMark(mark: Mark): string {
  return JSON.stringify({ resolved: { ...mark, lsn: formatLsn(mark.lsn) } });
}
