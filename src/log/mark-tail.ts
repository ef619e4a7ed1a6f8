import type { KafkaMessage } from 'kafkajs';
import type { MarkEntry } from '../model/row.ts';
import { decodeMark } from './decode-mark.ts';
import { tailOf } from './topic-offsets.ts';
import type { TopicOffsets } from './topic-offsets.ts';
import type { TopicScanner } from './topic-scanner.ts';

/** A mark comes every second; this is what a partition of a quiet table holds in some minutes. */
const TAIL_MESSAGES = 256;

/**
 * The last mark of each partition that has one: looks at the tail, and further back while a partition shows none.
 *
 * @param options.signal ends the looking with what was found.
 */
export async function readLastMarks(options: {
  readonly scanner: TopicScanner;
  readonly offsets: TopicOffsets;
  readonly signal?: AbortSignal;
}): Promise<Map<number, MarkEntry>> {
  const { scanner, offsets, signal } = options;
  const marks = new Map<number, MarkEntry>();
  for (let span = TAIL_MESSAGES; ; span *= 4) {
    const open = [...tailOf(offsets, span)].filter(([partition]) => !marks.has(partition));
    if (open.length === 0) return marks;
    await scanner.scan({
      from: new Map(open),
      until: offsets.end,
      ...(signal === undefined ? {} : { signal }),
      visit: (message, partition) => {
        const mark = markOf(message);
        if (mark !== undefined) marks.set(partition, mark);
        return true;
      },
    });
    if (open.every(([partition, from]) => marks.has(partition) || from === offsets.start.get(partition)))
      return marks;
  }
}

/** Marks have no key and are short: rows are not parsed to find them. */
const MARK_BYTES_MAX = 4_096;

/** @returns undefined for a row, and for poison, which the archive lists as a reject. */
export function markOf({ key, value, offset }: KafkaMessage): MarkEntry | undefined {
  if (value === null || (key !== null && key.length > 0) || value.length > MARK_BYTES_MAX) return undefined;
  try {
    const { resolved } = JSON.parse(value.toString('utf8')) as { resolved?: unknown };
    return resolved === undefined ? undefined : decodeMark(JSON.stringify(resolved), { offset });
  } catch {
    // Neither JSON nor a mark of ours.
    return undefined;
  }
}
