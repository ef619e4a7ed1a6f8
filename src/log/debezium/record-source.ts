import { lsn } from '../../model/lsn.ts';
import { MICROS_PER_MS } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { CapturedRow } from '../../model/row.ts';
import type { Envelope } from '../envelope.ts';
import { jsonMembers } from '../json-members.ts';
import type { Slice } from '../json-members.ts';
import { UnfitRecord } from '../unfit-record.ts';
import type { ProgressNote } from './progress-note.ts';

/** What a record says of where it comes from. */
export interface Source {
  readonly committedAt: Micros;
  readonly sentAt: Micros;
  readonly lsn: CapturedRow['lsn'];
  readonly txId: number;
  /** `false` for what came out of the WAL. */
  readonly snapshot: string;
}

/** @throws UnfitRecord when it does not say when it was committed. */
export function sourceOf(value: Buffer, members: Envelope['members']): Source {
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
export function noteOf({ committedAt, sentAt, snapshot }: Source): ProgressNote | null {
  if (snapshot === 'incremental') return null;
  if (snapshot === 'false' || snapshot === 'null') return { kind: 'streamed', committedAt, sentAt };
  const isLast = snapshot === 'last' || snapshot === 'last_in_data_collection';
  return { kind: 'snapshot', takenAt: committedAt, sentAt, isLast };
}

/** `ts_us` (from Debezium 2.6 on), `ts_ms` before. */
export function timeIn(value: Buffer, members: Map<string, Slice>): Micros | undefined {
  const times = [
    { digits: digitsIn(value, members.get('ts_us')), scale: 1 },
    { digits: digitsIn(value, members.get('ts_ms')), scale: MICROS_PER_MS },
  ];
  for (const { digits, scale } of times) {
    const time = digits === undefined ? NaN : Number(digits) * scale;
    if (Number.isSafeInteger(time)) return time as Micros;
  }
  return undefined;
}

function digitsIn(value: Buffer, at: Slice | undefined): string | undefined {
  const text = at === undefined ? '' : textOf(value, at);
  return /^\d{1,19}$/.test(text) ? text : undefined;
}

export function textOf(value: Buffer, { start, end }: Slice): string {
  return value.toString('utf8', start, end);
}
