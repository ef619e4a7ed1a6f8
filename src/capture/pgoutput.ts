import { TidemarkError } from '../base/errors.ts';
import { lsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import type { Micros } from '../model/micros.ts';

/** Microseconds from 1970 to 2000, where Postgres's clock begins. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

export interface Transaction {
  /** Where its commit record begins: its identity, and the order in which transactions come. */
  readonly commitLsn: Lsn;
  readonly committedAt: Micros;
  readonly txId: number;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  /** Length, precision or the like (`atttypmod`); -1 without. */
  readonly typmod: number;
}

/** A type that is not one of Postgres's own, named before the first table that has it. Of a domain: the type below. */
export interface AnnouncedType {
  readonly oid: number;
  /** Empty for pg_catalog. */
  readonly schema: string;
  readonly name: string;
}

/** What `pg_logical_emit_message` put into the WAL. Anybody may, with up to a gigabyte of anything. */
export interface LogicalMessage {
  /** Its first {@link PREFIX_BYTES_MAX} bytes, when it is longer. */
  readonly prefix: string;
  /** A view into the message. */
  readonly content: Buffer;
}

export interface ChangeHandler {
  begin(transaction: Transaction): void;
  relation(relation: Relation): void;
  type(type: AnnouncedType): void;
  /** @param tupleAt where the TupleData begins in `message`; see {@link readTuple}. */
  insert(relationOid: number, message: Buffer, tupleAt: number): void;
  logicalMessage(message: LogicalMessage): void;
  commit(): void;
}

/**
 * Reads one message of pgoutput, protocol version 1 ("Logical Replication Message Formats" of the manual).
 * What a publication of inserts does not send (update, delete, truncate) and what nobody needs (origin) passes in
 * silence.
 *
 * @throws TidemarkError ERR_STREAM_INVALID when the message is shorter than it says.
 */
export function readChange(message: Buffer, handler: ChangeHandler): void {
  switch (message[0] ?? 0) {
    case 0x49: // 'I'
      checkWithin(message, 6);
      return handler.insert(message.readUInt32BE(1), message, 6);
    case 0x42: // 'B'
      return handler.begin(readBegin(message));
    case 0x43: // 'C'
      return handler.commit();
    case 0x52: // 'R'
      return handler.relation(readRelation(message));
    case 0x59: // 'Y'
      return handler.type(readType(message));
    case 0x4d: // 'M'
      return handler.logicalMessage(readLogicalMessage(message));
    default:
      return;
  }
}

function readBegin(message: Buffer): Transaction {
  checkWithin(message, 21);
  const committedAt = Number(message.readBigInt64BE(9) + POSTGRES_EPOCH_MICROS);
  if (!Number.isSafeInteger(committedAt)) throw malformed('a commit in no year that we know');
  return {
    commitLsn: lsn(message.readBigUInt64BE(1)),
    committedAt: committedAt as Micros,
    txId: message.readUInt32BE(17),
  };
}

function readRelation(message: Buffer): Relation {
  const text = cString(message, 5);
  const name = cString(message, text.next);
  // Behind the name stands the replica identity, one byte.
  checkWithin(message, name.next + 3);
  const count = message.readUInt16BE(name.next + 1);
  const columns: RelationColumn[] = [];
  let at = name.next + 3;
  for (let i = 0; i < count; i++) {
    const column = cString(message, at + 1);
    checkWithin(message, column.next + 8);
    columns.push({
      name: column.text,
      typeOid: message.readUInt32BE(column.next),
      typmod: message.readInt32BE(column.next + 4),
    });
    at = column.next + 8;
  }
  return {
    oid: message.readUInt32BE(1),
    schema: text.text === '' ? 'pg_catalog' : text.text,
    name: name.text,
    columns,
  };
}

function readType(message: Buffer): AnnouncedType {
  checkWithin(message, 5);
  const schema = cString(message, 5);
  const name = cString(message, schema.next);
  return { oid: message.readUInt32BE(1), schema: schema.text, name: name.text };
}

const PREFIX_BYTES_MAX = 1_024;

function readLogicalMessage(message: Buffer): LogicalMessage {
  const prefixAt = 10;
  const lengthAt = stringEnd(message, prefixAt) + 1;
  const start = lengthAt + 4;
  checkWithin(message, start);
  const end = start + message.readUInt32BE(lengthAt);
  checkWithin(message, end);
  const prefixEnd = Math.min(lengthAt - 1, prefixAt + PREFIX_BYTES_MAX);
  return { prefix: message.toString('utf8', prefixAt, prefixEnd), content: message.subarray(start, end) };
}

function cString(message: Buffer, start: number): { text: string; next: number } {
  const end = stringEnd(message, start);
  if (end - start > NAME_BYTES_MAX) throw malformed('a name longer than names can be');
  return { text: message.toString('utf8', start, end), next: end + 1 };
}

/** Postgres's names have 63 bytes unless it was compiled for more. */
const NAME_BYTES_MAX = 65_536;

function stringEnd(message: Buffer, start: number): number {
  const end = message.indexOf(0, start);
  if (end === -1) throw malformed('a string without end');
  return end;
}

/**
 * Fills `values` with a row's columns as text; NULL is null.
 *
 * @throws TidemarkError ERR_STREAM_INVALID when the tuple has another number of columns or is cut off.
 */
export function readTuple(message: Buffer, tupleAt: number, values: (string | null)[]): void {
  checkWithin(message, tupleAt + 2);
  const count = message.readUInt16BE(tupleAt);
  if (count !== values.length) {
    throw malformed(`a row of ${count} columns where ${values.length} were announced`);
  }
  let at = tupleAt + 2;
  for (let i = 0; i < count; i++) {
    const kind = message[at++];
    if (kind === 0x74) {
      const start = at + 4;
      checkWithin(message, start);
      const end = start + message.readUInt32BE(at);
      checkWithin(message, end);
      values[i] = message.toString('utf8', start, end);
      at = end;
    } else if (kind === 0x6e) {
      values[i] = null;
    } else {
      throw malformed(`a column of kind ${kind} in an inserted row`);
    }
  }
}

function checkWithin(message: Buffer, end: number): void {
  if (end > message.length) throw malformed('a message that is cut off');
}

/** @param reason what is wrong, without a row's values. */
export function malformed(reason: string): TidemarkError {
  return new TidemarkError('ERR_STREAM_INVALID', { detail: `pgoutput: ${reason}` });
}
