import { isUtf8 } from 'node:buffer';
import type { Entry, PoisonEntry, ReadColumns, RowEntry } from '../model/row.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import { NOWHERE, offset } from '../model/offset.ts';
import type { ColumnNames } from '../model/table.ts';
import { rowColumns } from './decode-columns.ts';
import { decodeMark } from './decode-mark.ts';
import { envelope } from './envelope.ts';
import { timeUnits } from './debezium-schema.ts';
import { jsonMembers } from './json-members.ts';
import type { Slice } from './json-members.ts';
import { retryClock } from './retry-header.ts';
import type { RecordHeaders } from './retry-header.ts';
import { UnfitRecord } from './unfit-record.ts';

export interface RecordMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  /** Milliseconds since 1970, as text. */
  readonly timestamp: string;
  readonly headers?: RecordHeaders;
}

export interface DecodeRecordOptions {
  readonly columns: ColumnNames;
  /** IANA zone in which a created_at without a zone is read; null for UTC. */
  readonly createdAtZone: string | null;
}

/**
 * Reads a message of a table's topic: rows as we write them and as Debezium 3.6 writes them (with or without the
 * `schema`/`payload` envelope), and marks.
 *
 * Never throws: whatever is odd becomes a poison entry with its offset. It counts as a row of capture's
 * (`isRow`) when it is an insert or snapshot read; updates, deletes, truncates, messages and tombstones come from
 * other writers only, so they do not. A record sent again by `tidemark rejects --retry` does not count either.
 */
export function decodeRecord(options: DecodeRecordOptions): (message: RecordMessage) => Entry {
  const columnsOf = rowColumns(options);
  const unitOf = timeUnits(options.columns.createdAt);

  return (message) => {
    let isRow = false;
    const retriedAt = retryClock(message.headers);
    try {
      const value = message.value;
      if (value === null) throw new UnfitRecord('record_invalid', 'the message has no value (a tombstone)');
      if (!isUtf8(value)) throw new UnfitRecord('record_invalid', 'the value is not UTF-8');
      const { members, schema } = envelope(value);
      const resolved = members.get('resolved');
      if (resolved !== undefined && !members.has('op')) {
        const entry = decodeMark(textOf(value, resolved), message);
        return { ...entry, clock: gateClock(entry.clock, message) };
      }
      isRow = isInsert(value, members.get('op'));
      if (!isRow) throw new UnfitRecord('record_invalid', 'op is neither c nor r: only inserts are archived');
      const after = members.get('after');
      const row = after === undefined ? undefined : value.subarray(after.start, after.end);
      if (row?.[0] !== 0x7b) throw new UnfitRecord('record_invalid', 'after is no object');
      const unit = schema === undefined ? 'micros' : unitOf(textOf(value, schema));
      // Before the line ends are taken out: one inside of a string or number makes it no JSON.
      const columns = columnsOf(row, unit);
      const line = withoutLineEnds(row);
      const serverClock = retriedAt ?? recordClock(value, members) ?? messageClock(message);
      const clock = gateClock(serverClock, message);
      const entry = {
        kind: 'row' as const,
        offset: offset(message.offset),
        ...columns,
        line,
        clock,
        serverClock,
      };
      return retriedAt === undefined ? entry : { ...entry, isRetry: true };
    } catch (error) {
      return poison(message, isRow && retriedAt === undefined, error);
    }
  };
}

/** A row of the table as capture encodes it. */
export interface TableRecord {
  /** Its `after`. */
  readonly afterJson: string;
  /** What stands in the `after`, where it is known; null where it must be read. */
  readonly columns: ReadColumns | null;
}

/**
 * Reads the `after` of a record that was never sent: its row comes from the table itself. What it says of the row is what
 * {@link decodeRecord} says of a record with that `after`.
 *
 * @returns a function of the row and of the server's clock.
 */
export function decodeTableRow(
  options: DecodeRecordOptions,
): (record: TableRecord, serverClock: Micros) => RowEntry | PoisonEntry {
  const columnsOf = rowColumns(options);
  return ({ afterJson, columns }, serverClock) => {
    const line = Buffer.from(afterJson);
    try {
      const { uid, createdAt, fileLocation, sizeBytes } = columns ?? columnsOf(line, 'micros', afterJson);
      const offset = NOWHERE;
      const clock = serverClock;
      return { kind: 'row', offset, uid, createdAt, fileLocation, sizeBytes, line, clock, serverClock };
    } catch (error) {
      return poison({ key: null, value: line, offset: '0', timestamp: '0' }, true, error);
    }
  };
}

function isInsert(value: Buffer, op: Slice | undefined): boolean {
  if (op === undefined) throw new UnfitRecord('record_invalid', 'the record has no op');
  const letter = value[op.start + 1];
  return op.end - op.start === 3 && value[op.start] === 0x22 && (letter === 0x63 || letter === 0x72);
}

/** Commit time by the server: `source.ts_us` (Debezium from 2.6 on), `source.ts_ms` before. */
function recordClock(value: Buffer, members: Map<string, Slice>): Micros | undefined {
  const source = members.get('source');
  const inner = source === undefined ? undefined : jsonMembers(value, source);
  const found = [
    { at: inner?.get('ts_us'), scale: 1 },
    { at: inner?.get('ts_ms'), scale: MICROS_PER_MS },
    { at: members.get('ts_ms'), scale: MICROS_PER_MS },
  ];
  for (const { at, scale } of found) {
    const clock = at === undefined ? NaN : Number(textOf(value, at)) * scale;
    if (at !== undefined && value[at.start] !== 0x6e && Number.isSafeInteger(clock)) return clock as Micros;
  }
  return undefined;
}

/** @param json valid, so that line ends stand between tokens only. */
function withoutLineEnds(json: Buffer): Buffer {
  return json.includes(0x0a) || json.includes(0x0d)
    ? Buffer.from(json.filter((byte) => byte !== 0x0a && byte !== 0x0d))
    : json;
}

function poison(message: RecordMessage, isRow: boolean, error: unknown): PoisonEntry {
  const unfit = error instanceof UnfitRecord ? error : undefined;
  return {
    kind: 'poison',
    offset: offset(message.offset),
    reason: unfit?.reason ?? 'record_invalid',
    // A parser's message may quote the text, and a row's values go nowhere.
    detail: unfit?.message ?? 'the record is malformed JSON',
    isRow,
    uid: unfit?.uid ?? null,
    clock: messageClock(message),
  };
}

/** The log's own time is the later one but for clocks that differ. It says nothing when the writer gave none. */
function gateClock(serverClock: Micros, message: RecordMessage): Micros {
  const sentAt = messageClock(message);
  return sentAt > 0 && sentAt < serverClock ? sentAt : serverClock;
}

function messageClock({ timestamp }: RecordMessage): Micros {
  const clock = Number(timestamp) * MICROS_PER_MS;
  return (Number.isSafeInteger(clock) ? clock : 0) as Micros;
}

function textOf(value: Buffer, { start, end }: Slice): string {
  return value.toString('utf8', start, end);
}
