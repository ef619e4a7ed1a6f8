import { assert } from '../base/assert.ts';
import { TidemarkError } from '../base/errors.ts';
import type { CapturePosition, RowKey, SnapshotLeg, SnapshotState } from '../model/capture-position.ts';
import { formatLsn, parseLsn } from '../model/lsn.ts';
import { micros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { isWrittenInteger } from './is-written-integer.ts';

const VERSION = 1;

/** Kafka's default for `offset.metadata.max.bytes`. */
export const METADATA_BYTES_MAX = 4_096;

/** Rows that one partition was sent: `rows` since the last mark, `total` ever. */
export interface PartitionCounters {
  rows: number;
  total: number;
}

/** What stands on a data partition: its counters; on partition 0 of a table its snapshot too. */
export interface PartitionState {
  readonly counters: PartitionCounters;
  readonly snapshot: SnapshotState | null;
}

/** The position without the snapshots, which stand on their own tables' partitions. */
export function encodePosition(position: CapturePosition): string {
  const { lsn, ordinal, epoch, sequence, time } = position;
  return JSON.stringify({ v: VERSION, lsn: formatLsn(lsn), ordinal, epoch, sequence, time });
}

/** @throws TidemarkError ERR_METADATA_INVALID. */
export function decodePosition(metadata: string | null): CapturePosition {
  return decoding(metadata, (fields) => ({
    lsn: parseLsn(String(fields['lsn'])),
    ordinal: integer(fields['ordinal']),
    epoch: integer(fields['epoch']),
    sequence: integer(fields['sequence']),
    time: time(fields['time']),
    snapshots: new Map(),
  }));
}

/**
 * Legs that do not fit are merged, the two oldest first, under the *lower* LSN: that filters less, so at worst a
 * row comes twice, which the archive removes; the higher one could lose a row. A uid that is still too long is cut:
 * the key is then a lower one, and the rows in between are read again.
 *
 * @returns at most {@link METADATA_BYTES_MAX} bytes.
 */
export function encodePartition(counters: PartitionCounters, snapshot: SnapshotState | null): string {
  for (let state = snapshot; ; state = shorter(state)) {
    const text = JSON.stringify({
      v: VERSION,
      rows: counters.rows,
      total: counters.total,
      ...(state === null ? {} : { snapshot: snapshotFields(state) }),
    });
    if (state === null || Buffer.byteLength(text) <= METADATA_BYTES_MAX) return text;
  }
}

/** @throws TidemarkError ERR_METADATA_INVALID. */
export function decodePartition(metadata: string | null): PartitionState {
  return decoding(metadata, (fields) => ({
    counters: { rows: integer(fields['rows']), total: integer(fields['total']) },
    snapshot: fields['snapshot'] === undefined ? null : snapshotState(record(fields['snapshot'])),
  }));
}

function shorter(state: SnapshotState | null): SnapshotState | null {
  if (state === null) return null;
  if (state.legs.length > 1) return { ...state, legs: mergeOldestLegs(state.legs) };
  assert(state.key !== null && state.key.uid !== '', 'a snapshot without legs and key must fit');
  return { ...state, key: { ...state.key, uid: firstHalf(state.key.uid) } };
}

function mergeOldestLegs(legs: readonly SnapshotLeg[]): readonly SnapshotLeg[] {
  const [first, second, ...rest] = legs;
  if (first === undefined || second === undefined) return legs;
  const consistentLsn =
    first.consistentLsn < second.consistentLsn ? first.consistentLsn : second.consistentLsn;
  return [{ from: first.from, consistentLsn }, ...rest];
}

/** Of a character outside of the basic plane it keeps both halves or none. */
function firstHalf(text: string): string {
  const half = text.slice(0, Math.floor(text.length / 2));
  return /[\ud800-\udbff]$/.test(half) ? half.slice(0, -1) : half;
}

function snapshotFields(state: SnapshotState): object {
  return {
    done: state.done,
    bound: state.lowerBound,
    floor: state.floor,
    cap: state.cap,
    key: state.key === null ? null : [state.key.createdAt, state.key.uid],
    rows: state.rows,
    published: state.published,
    legs: state.legs.map(({ from, consistentLsn }) => [
      formatLsn(consistentLsn),
      ...(from === null ? [] : [from.createdAt, from.uid]),
    ]),
  };
}

function snapshotState(fields: Record<string, unknown>): SnapshotState {
  return {
    done: fields['done'] === true,
    lowerBound: time(fields['bound']),
    floor: time(fields['floor']),
    cap: micros(integer(fields['cap'])),
    key: fields['key'] === null ? null : rowKey(list(fields['key'])),
    rows: integer(fields['rows']),
    published: typeof fields['published'] === 'string' ? fields['published'] : null,
    legs: list(fields['legs']).map((leg): SnapshotLeg => {
      const [at, ...from] = list(leg);
      return { consistentLsn: parseLsn(String(at)), from: from.length === 0 ? null : rowKey(from) };
    }),
  };
}

function rowKey([createdAt, uid]: readonly unknown[]): RowKey {
  if (typeof uid !== 'string') throw new SyntaxError('a key has no uid');
  return { createdAt: time(createdAt), uid };
}

function decoding<T>(metadata: string | null, read: (fields: Record<string, unknown>) => T): T {
  try {
    if (metadata === null || metadata === '') throw new SyntaxError('it is empty');
    const fields = record(JSON.parse(metadata));
    if (fields['v'] !== VERSION) throw new SyntaxError(`its version is not ${VERSION}`);
    return read(fields);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new TidemarkError('ERR_METADATA_INVALID', {
      detail: `capture's position has metadata that is not ours (${reason})`,
      remedy:
        'Find the tool that commits offsets for the capture group and stop it. Then delete that group, drop the slot and run `tidemark init`: the snapshot begins anew and duplicates are removed.',
      cause,
    });
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('no object');
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new SyntaxError('no list');
  return value;
}

function integer(value: unknown): number {
  if (!isWrittenInteger(value)) throw new SyntaxError('no integer');
  return value;
}

function time(value: unknown): Micros | null {
  return value === null ? null : micros(integer(value));
}
