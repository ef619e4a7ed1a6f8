import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { readOffsetsSince, readTopicOffsets } from '../log/topic-offsets.ts';
import { formatMicros, parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { BEFORE_ALL } from './position.ts';
import type { StreamPosition } from './position.ts';
import type { StreamBeginning } from './subscriber-options.ts';

/** A window is told of after its end, by the server's clock; the broker's, which stamps events, may be behind by less. */
const CLOCKS_APART_MICROS = 3_600_000_000;

interface Place {
  readonly admin: Admin;
  readonly topic: string;
  readonly partition: number;
}

/**
 * Where a stream begins that has no position.
 *
 * @throws TidemarkError ERR_CLIENT_OPTION; ERR_LOG_TRUNCATED when events of that time are kept no more.
 */
export async function firstPosition(place: Place, from: StreamBeginning): Promise<StreamPosition> {
  const bounds = await readTopicOffsets(place.admin, place.topic);
  const low = bounds.start.get(place.partition) ?? offset(0);
  if (from === 'now') return beginAt(bounds.end.get(place.partition) ?? low, null);
  // What was removed from the log may have been the first half of a window.
  if (from === 'beginning') return beginAt(low, low === 0 ? BEFORE_ALL : null);
  if ('time' in from) return beginAt(await offsetAt(place, low, readTime('from.time', from.time)), null);
  const window = readTime('from.window', from.window);
  return beginAt(await offsetAt(place, low, (window - CLOCKS_APART_MICROS) as Micros), window);
}

/** @throws TidemarkError ERR_LOG_TRUNCATED when the log does not hold the position. */
export async function requireKept(
  { admin, topic, partition }: Place,
  position: StreamPosition,
): Promise<StreamPosition> {
  const { start, end } = await readTopicOffsets(admin, topic);
  const [low, high] = [start.get(partition) ?? 0, end.get(partition) ?? 0];
  const { needed } = position;
  if (needed >= low && needed <= high) return position;
  throw truncated(
    needed < low
      ? `${topic} begins at offset ${low}, the stream has come to ${needed}: what was told in between is kept no more`
      : `${topic} ends at offset ${high}, before ${needed} where the stream goes on: the topic was made anew`,
  );
}

function beginAt(at: Offset, floor: Micros | null): StreamPosition {
  return { needed: at, next: at, done: 0, floor };
}

async function offsetAt({ admin, topic, partition }: Place, low: Offset, time: Micros): Promise<Offset> {
  const at = (await readOffsetsSince({ admin, topic, time })).get(partition) ?? low;
  if (at === low && low > 0)
    throw truncated(
      `${topic} begins at offset ${low}, which is after ${formatMicros(time)}: earlier events are kept no more`,
    );
  return at;
}

function truncated(detail: string): TidemarkError {
  return new TidemarkError('ERR_LOG_TRUNCATED', {
    detail,
    remedy:
      'Nothing of the archive is lost. Read what is missing from the manifests (`listManifests(sink, { table, from, to })`, or `tidemark ls`), then begin anew with another groupId and `from: { window }` at the last window that you have read.',
  });
}

/** @throws TidemarkError ERR_CLIENT_OPTION */
function readTime(option: string, time: string | Date): Micros {
  const text = time instanceof Date ? time.toISOString() : time;
  const read = parseMicros(text);
  if (read === undefined)
    throw new TidemarkError('ERR_CLIENT_OPTION', { detail: `${option}: ${JSON.stringify(text)} is no time` });
  return read;
}
