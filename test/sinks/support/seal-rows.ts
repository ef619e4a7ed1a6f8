import type { Micros } from '../../../src/model/micros.ts';
import type { Offset } from '../../../src/model/offset.ts';
import type { RowBytes, SealRows } from '../../../src/model/seal.ts';
import { uidToBytes } from '../../../src/sinks/format/uid-bytes.ts';

export interface TestRow {
  readonly uid: string;
  readonly createdAt: number;
  readonly fileLocation: string | null;
  readonly sizeBytes: number | null;
  /** Text of the line; made of the other fields when left out. */
  readonly line?: string;
}

/** Rows as gather hands them over: sorted by (created_at, uid bytes). */
export function sealRows(rows: readonly TestRow[]): SealRows {
  const sorted = [...rows].sort(
    (a, b) => a.createdAt - b.createdAt || Buffer.from(a.uid).compare(Buffer.from(b.uid)),
  );
  return {
    count: sorted.length,
    createdAt: (i) => sorted[i]!.createdAt as Micros,
    uid: (i) => sorted[i]!.uid,
    fileLocation: (i) => sorted[i]!.fileLocation,
    sizeBytes: (i) => sorted[i]!.sizeBytes,
    line: (i) => Buffer.from(lineOf(sorted[i]!)),
    bytes: (i) => bytesOf(sorted[i]!),
    offset: (i) => (100 + i) as Offset,
  };
}

function bytesOf(row: TestRow): RowBytes {
  const uid = uidToBytes(row.uid);
  const location = Buffer.from(row.fileLocation ?? '');
  const memory = Buffer.concat([uid, location, Buffer.from(lineOf(row))]);
  const lineAt = uid.length + location.length;
  return { memory, uidAt: 0, locationAt: uid.length, lineAt, end: memory.length };
}

export function lineOf(row: TestRow): string {
  return (
    row.line ??
    JSON.stringify({
      uid: row.uid,
      created_at: row.createdAt,
      file_location: row.fileLocation,
      size_bytes: row.sizeBytes,
    })
  );
}
