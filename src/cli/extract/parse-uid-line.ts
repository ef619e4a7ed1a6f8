import { parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { WantedUid } from '../../sinks/extract/wanted-uids.ts';

/**
 * One line of a list of uids: the uid as it is, or a JSON object with `uid` and perhaps `created_at`, such as a line of
 * `rows.ndjson` is. A uid that begins with `{` is written in JSON.
 *
 * @returns undefined for an empty line; what is wrong with it when it is neither.
 */
export function parseUidLine(line: string): WantedUid | undefined | { readonly problem: string } {
  if (line === '') return undefined;
  if (!line.startsWith('{')) return { uid: line, createdAt: null };
  let row: Record<string, unknown>;
  try {
    row = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { problem: 'it begins with { and is no JSON' };
  }
  const { uid, created_at: time } = row;
  const text = typeof uid === 'number' && Number.isSafeInteger(uid) ? String(uid) : uid;
  if (typeof text !== 'string') return { problem: 'uid must be a string, or a number that is exact' };
  if (time === undefined || time === null) return { uid: text, createdAt: null };
  const createdAt = timeOf(time);
  return createdAt === undefined
    ? { problem: 'created_at must be a time such as 2026-11-23T05:37:17.123456Z, or microseconds' }
    : { uid: text, createdAt };
}

function timeOf(time: unknown): Micros | undefined {
  if (typeof time === 'number') return Number.isSafeInteger(time) ? (time as Micros) : undefined;
  return typeof time === 'string' ? parseMicros(time) : undefined;
}
