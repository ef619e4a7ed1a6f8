import type { Admin } from 'kafkajs';
import { offset } from '../../model/offset.ts';
import type { SourcePosition } from '../../model/source-position.ts';
import { placeKey } from '../assignment.ts';
import { readTopicOffsets } from '../topic-offsets.ts';
import type { SourceTable } from './source-table.ts';

/** Of heartbeats the last ones say everything. */
const BEATS = 100;

/** Where the reading of each partition begins: where it was left, or with the oldest record that is kept. */
export async function beginSources(
  options: {
    readonly admin: Admin;
    readonly tables: readonly SourceTable[];
    readonly beatTopics: readonly string[];
  },
  committed: readonly SourcePosition[],
): Promise<SourcePosition[]> {
  const { admin, tables, beatTopics } = options;
  const known = new Map(committed.map((source) => [placeKey(source), source]));
  const found: SourcePosition[] = [];
  for (const { topic, archivedUntil } of tables) {
    const { start, end } = await readTopicOffsets(admin, topic);
    for (const [partition, low] of start) {
      const place = { topic, partition };
      const fresh = async (): Promise<SourcePosition> => ({
        ...{ ...place, next: low, seen: null },
        ...{ firstEnd: end.get(partition) ?? low, bound: await archivedUntil() },
      });
      found.push(known.get(placeKey(place)) ?? (await fresh()));
    }
  }
  for (const topic of beatTopics) {
    const { start, end } = await readTopicOffsets(admin, topic);
    for (const [partition, low] of start) {
      const place = { topic, partition };
      const next = offset(Math.max(low, (end.get(partition) ?? low) - BEATS));
      // What has become of heartbeats in between is of no matter, gone ones among them.
      const left = known.get(placeKey(place));
      const isLeft = left !== undefined && left.next >= low;
      found.push(isLeft ? left : { ...place, next, seen: null, firstEnd: low, bound: null });
    }
  }
  return found;
}
