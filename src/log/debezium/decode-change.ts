import { isUtf8 } from 'node:buffer';
import type { PassedReason } from '../../base/debezium-events.ts';
import { TidemarkError } from '../../base/errors.ts';
import { lsn } from '../../model/lsn.ts';
import { MICROS_PER_MS } from '../../model/micros.ts';
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
import type { Slice } from '../json-members.ts';
import { UnfitRecord } from '../unfit-record.ts';
import { createdAtInMicros, looksLikeMillis } from './created-at-unit.ts';
import type { ProgressNote } from './progress-note.ts';

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
      if (createdAt !== null && schema === undefined && looksLikeMillis(createdAt, source.committedAt)) {
        throw new UnfitRecord(
          'record_invalid',
          `${columns.createdAt} counts milliseconds, and no schema says so`,
        );
      }
      // A snapshot's row is as old as it says: the gate need not hold it back for its time in the log.
      const isOlder = op === 'r' && createdAt !== null && createdAt < source.committedAt;
      const row: CapturedRow = {
        table,
        op,
        keyJson: keyOf(bytes, uidNames),
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

interface Source {
  readonly committedAt: Micros;
  readonly sentAt: Micros;
  readonly lsn: CapturedRow['lsn'];
  readonly txId: number;
  /** `false` for what came out of the WAL. */
  readonly snapshot: string;
}

function sourceOf(value: Buffer, members: Envelope['members']): Source {
  const at = members.get('source');
  const inner = at === undefined ? undefined : jsonMembers(value, at);
  const committedAt = inner === undefined ? undefined : timeIn(value, inner);
  if (inner === undefined || committedAt === undefined)
    throw new UnfitRecord('record_invalid', 'source has no ts_ms');
  const position = digitsIn(value, inner.get('lsn'));
  return {
    committedAt,
    sentAt: timeIn(value, members) ?? committedAt,
    lsn: lsn(BigInt(position ?? 0)),
    txId: Number(digitsIn(value, inner.get('txId')) ?? 0),
    snapshot: inner.has('snapshot') ? textOf(value, inner.get('snapshot')!).replaceAll('"', '') : 'false',
  };
}

/** Rows of an incremental snapshot come between those of the stream, at any time, and say nothing of it. */
function noteOf({ committedAt, sentAt, snapshot }: Source): ProgressNote | null {
  if (snapshot === 'incremental') return null;
  if (snapshot === 'false' || snapshot === 'null') return { kind: 'streamed', committedAt, sentAt };
  const isLast = snapshot === 'last' || snapshot === 'last_in_data_collection';
  return { kind: 'snapshot', takenAt: committedAt, sentAt, isLast };
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
function keyOf(row: Buffer, names: readonly string[]): string {
  const members = jsonMembers(row, { start: 0, end: row.length });
  const parts = names.map((name) => {
    const at = members?.get(name);
    const text = at === undefined ? 'null' : textOf(row, at);
    return `${JSON.stringify(name)}:${text.startsWith('"') ? JSON.stringify(JSON.parse(text)) : text}`;
  });
  return `{${parts.join(',')}}`;
}

/** `ts_us` (from Debezium 2.6 on), `ts_ms` before. */
function timeIn(value: Buffer, members: Map<string, Slice>): Micros | undefined {
  const micros = digitsIn(value, members.get('ts_us'));
  if (micros !== undefined) return Number(micros) as Micros;
  const millis = digitsIn(value, members.get('ts_ms'));
  return millis === undefined ? undefined : ((Number(millis) * MICROS_PER_MS) as Micros);
}

function digitsIn(value: Buffer, at: Slice | undefined): string | undefined {
  const text = at === undefined ? '' : textOf(value, at);
  return /^\d{1,19}$/.test(text) ? text : undefined;
}

function textOf(value: Buffer, { start, end }: Slice): string {
  return value.toString('utf8', start, end);
}
