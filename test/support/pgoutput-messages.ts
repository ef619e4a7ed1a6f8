/** Messages of pgoutput, protocol version 1, as Postgres would send them. */

export interface WrittenColumn {
  readonly name: string;
  readonly typeOid: number;
  /** -1 when left out. */
  readonly typmod?: number;
}

export function beginMessage(begin: { commitLsn: bigint; committedAt: bigint; txId: number }): Buffer {
  const message = Buffer.alloc(21);
  message.write('B');
  message.writeBigUInt64BE(begin.commitLsn, 1);
  message.writeBigInt64BE(begin.committedAt, 9);
  message.writeUInt32BE(begin.txId, 17);
  return message;
}

export function relationMessage(oid: number, name: string, columns: readonly WrittenColumn[]): Buffer {
  return Buffer.concat([
    ...[Buffer.from('R'), uint32(oid), text('public'), text(name), Buffer.from('d'), uint16(columns.length)],
    ...columns.map((column) =>
      Buffer.concat([
        ...[Buffer.from([1]), text(column.name), uint32(column.typeOid)],
        uint32((column.typmod ?? -1) >>> 0),
      ]),
    ),
  ]);
}

export function typeMessage(type: { oid: number; schema: string; name: string }): Buffer {
  return Buffer.concat([Buffer.from('Y'), uint32(type.oid), text(type.schema), text(type.name)]);
}

export function insertMessage(oid: number, values: readonly (string | null)[]): Buffer {
  return Buffer.concat([
    ...[Buffer.from('I'), uint32(oid), Buffer.from('N'), uint16(values.length)],
    ...values.map((value) =>
      value === null
        ? Buffer.from('n')
        : Buffer.concat([Buffer.from('t'), uint32(Buffer.byteLength(value)), Buffer.from(value)]),
    ),
  ]);
}

export function logicalMessage(prefix: string, content: Buffer): Buffer {
  const head = [Buffer.from('M'), Buffer.from([1]), Buffer.alloc(8)];
  return Buffer.concat([...head, text(prefix), uint32(content.length), content]);
}

export const COMMIT_MESSAGE = Buffer.concat([Buffer.from('C'), Buffer.alloc(25)]);

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
