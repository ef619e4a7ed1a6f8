import { parseLsn } from '../model/lsn.ts';
import type { MarkEntry } from '../model/row.ts';
import { micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import { UnfitRecord } from './unfit-record.ts';

/**
 * @param json the text of `resolved`.
 * @throws UnfitRecord when it is not a mark as `encodeMark` writes it, for example CockroachDB's own.
 */
export function decodeMark(json: string, message: { readonly offset: string }): MarkEntry {
  const fields: unknown = JSON.parse(json);
  if (typeof fields !== 'object' || fields === null)
    throw new UnfitRecord('record_invalid', 'no mark of ours');
  const { lsn } = fields as { lsn?: unknown };
  const integer = (name: string, least = Number.MIN_SAFE_INTEGER): number => {
    const value = (fields as Record<string, unknown>)[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    throw new UnfitRecord('record_invalid', `a mark whose ${name} is no integer, or none that can be`);
  };
  if (typeof lsn !== 'string' || !/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i.test(lsn)) {
    throw new UnfitRecord('record_invalid', 'a mark whose lsn is no LSN');
  }
  const clock = micros(integer('clock'));
  const rows = integer('rows', 0);
  const mark = {
    time: micros(integer('time')),
    epoch: integer('epoch', 1),
    sequence: integer('sequence', 1),
    lsn: parseLsn(lsn),
    clock,
    rows,
    rowsTotal: integer('rowsTotal', rows),
  };
  return { kind: 'mark', offset: offset(message.offset), mark, clock };
}
