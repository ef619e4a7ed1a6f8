import { isUtf8 } from 'node:buffer';
import type { PassedReason } from '../../base/debezium-events.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Micros } from '../../model/micros.ts';
import type { CapturedRow } from '../../model/row.ts';
import type { ColumnNames } from '../../model/table.ts';
import { listUidColumns } from '../../model/uid.ts';
import type { Place } from '../assignment.ts';
import { timeUnits } from '../debezium-schema.ts';
import { rowColumns } from '../decode-columns.ts';
import { envelope } from '../envelope.ts';
import type { Envelope } from '../envelope.ts';
import { jsonMembers } from '../json-members.ts';
import { UnfitRecord } from '../unfit-record.ts';
import { createdAtInMicros, otherUnit } from './created-at-unit.ts';
import type { ProgressNote } from './progress-note.ts';
import { noteOf, sourceOf, textOf, timeIn } from './record-source.ts';

export type Change =
  | {
      readonly kind: 'row';
      readonly row: CapturedRow;
      /** Null when it cannot be read: the archive then rejects the row. */
      readonly createdAt: Micros | null;
      readonly note: ProgressNote | null;
    }
  | { readonly kind: 'passed'; readonly reason: PassedReason; readonly note: ProgressNote | null };

/** As much of a message as is read here. */
export interface SourceMessage {
  readonly value: Buffer | null;
  readonly offset: string;
}

export interface DecodeChangeOptions {
  /** `schema.name`, as the archive calls it. */
  readonly table: string;
  readonly columns: ColumnNames;
  readonly createdAtZone: string | null;
}

/**
 * Reads a record of a table's topic as Debezium's connector for Postgres writes it, and makes of inserts and snapshot
 * rows what our own capture would have sent: `after` stays as it is, but for a created_at of another unit than ours.
 *
 * @throws TidemarkError ERR_DEBEZIUM_RECORD for what the connector does not write with the settings that are needed.
 */
export function decodeChange(options: DecodeChangeOptions): (message: SourceMessage, place: Place) => Change {
  const { table, columns } = options;
  const columnsOf = rowColumns(options);
  const unitOf = timeUnits(columns.createdAt);
  const uidNames = listUidColumns(columns.uid);
  return (message, place) =>
    reading(message, place, (value) => {
      if (value === null) return { kind: 'passed', reason: 'tombstone', note: null };
      const { members, schema } = envelope(value);
      const op = opOf(value, members);
      const source = sourceOf(value, members);
      const note = noteOf(source);
      if (op !== 'c' && op !== 'r') return { kind: 'passed', reason: PASSED[op], note };
      const after = members.get('after');
      const bytes = after === undefined ? Buffer.alloc(0) : value.subarray(after.start, after.end);
      if (bytes[0] !== 0x7b) throw new UnfitRecord('record_invalid', 'after is no object');
      const unit = schema === undefined ? 'micros' : unitOf(textOf(value, schema));
      const createdAt = createdAtOf(() => columnsOf(bytes, unit).createdAt);
      const values = jsonMembers(bytes, { start: 0, end: bytes.length });
      const at = values?.get(columns.createdAt);
      const other =
        schema !== undefined || at === undefined ? null : otherUnit(textOf(bytes, at), source.committedAt);
      if (other !== null)
        throw new UnfitRecord(
          'record_invalid',
          `${columns.createdAt} counts ${other}, and no schema says so`,
        );
      // A snapshot's row is as old as it says: the gate need not hold it back for its time in the log.
      const isOlder = op === 'r' && createdAt !== null && createdAt < source.committedAt;
      const row: CapturedRow = {
        table,
        op,
        keyJson: keyOf(bytes, values, uidNames),
        afterJson: createdAtInMicros(bytes, { column: columns.createdAt, unit }),
        lsn: source.lsn,
        txId: source.txId,
        committedAt: isOlder ? createdAt : source.committedAt,
      };
      return { kind: 'row', row, createdAt, note };
    });
}

/**
 * Reads a record of a topic that is followed for its times alone: Debezium's heartbeats, its messages of
 * `pg_logical_emit_message`, a table that heartbeats are written to.
 *
 * @throws TidemarkError ERR_DEBEZIUM_RECORD.
 */
export function decodeBeat(message: SourceMessage, place: Place): ProgressNote | null {
  return reading(message, place, (value) => {
    if (value === null) return null;
    const { members } = envelope(value);
    if (members.has('source')) return noteOf(sourceOf(value, members));
    const sentAt = timeIn(value, members);
    if (sentAt === undefined) throw new UnfitRecord('record_invalid', 'neither source nor ts_ms says a time');
    return { kind: 'heartbeat', sentAt };
  });
}

function reading<T>(message: SourceMessage, place: Place, read: (value: Buffer | null) => T): T {
  try {
    const { value } = message;
    if (value !== null && !isUtf8(value)) throw new UnfitRecord('record_invalid', 'the value is not UTF-8');
    return read(value);
  } catch (cause) {
    // A parser's message may quote the text, and a row's values go nowhere.
    const what = cause instanceof UnfitRecord ? cause.message : 'the record is malformed JSON';
    const detail = `${place.topic}/${place.partition}, offset ${message.offset}: ${what}`;
    throw new TidemarkError('ERR_DEBEZIUM_RECORD', { detail, cause });
  }
}

type PassedOp = keyof typeof PASSED;

const PASSED = { u: 'update', d: 'delete', t: 'truncate', m: 'message' } as const;

function opOf(value: Buffer, members: Envelope['members']): 'c' | 'r' | PassedOp {
  const at = members.get('op');
  if (at === undefined)
    throw new UnfitRecord('record_invalid', 'there is no op, as where a transform unwraps records');
  const op = value.toString('latin1', at.start + 1, at.end - 1);
  if (op === 'c' || op === 'r' || Object.hasOwn(PASSED, op)) return op as 'c' | 'r' | PassedOp;
  throw new UnfitRecord('record_invalid', 'op is none of c, r, u, d, t, m');
}

function createdAtOf(read: () => Micros): Micros | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnfitRecord) return null;
    throw error;
  }
}

/** The key as our own capture writes it, whatever `message.key.columns` says: its bytes decide the partition. */
function keyOf(row: Buffer, values: Envelope['members'] | undefined, names: readonly string[]): string {
  const parts = names.map((name) => {
    const at = values?.get(name);
    const text = at === undefined ? 'null' : textOf(row, at);
    return `${JSON.stringify(name)}:${text.startsWith('"') ? JSON.stringify(JSON.parse(text)) : text}`;
  });
  return `{${parts.join(',')}}`;
}
