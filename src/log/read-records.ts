import type { KafkaMessage } from 'kafkajs';
import type { Offset } from '../model/offset.ts';
import { offset } from '../model/offset.ts';
import type { TopicScanner } from './topic-scanner.ts';

/** Wanted records that lie farther apart than this are looked up apart. */
const GAP_MAX = 5_000;

/**
 * Reads single records of one partition by their offsets.
 *
 * @returns those that the log still holds, by offset; a record of an aborted transaction is not among them.
 */
export async function readRecords(options: {
  readonly scanner: TopicScanner;
  readonly partition: number;
  readonly offsets: readonly Offset[];
  /** What the log holds. */
  readonly start: Offset;
  readonly end: Offset;
}): Promise<Map<Offset, KafkaMessage>> {
  const { scanner, partition, start, end } = options;
  const wanted = [...new Set(options.offsets)].filter((at) => at >= start && at < end).sort((a, b) => a - b);
  const found = new Map<Offset, KafkaMessage>();
  const wantedSet = new Set(wanted);
  for (const stretch of stretches(wanted)) {
    await scanner.scan({
      from: new Map([[partition, stretch.from]]),
      until: new Map([[partition, offset(stretch.last + 1)]]),
      visit: (message) => {
        const at = offset(message.offset);
        if (wantedSet.has(at)) found.set(at, message);
        return true;
      },
    });
  }
  return found;
}

function* stretches(sorted: readonly Offset[]): Generator<{ from: Offset; last: Offset }> {
  let from = sorted[0];
  for (const [i, at] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined && next - at <= GAP_MAX) continue;
    yield { from: from!, last: at };
    from = next;
  }
}
