import { MICROS_PER_MS, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { nextWindowEnd } from '../../model/window.ts';
import type { Facts, PartitionFacts, TableFacts } from './facts.ts';

/** Where the next window of a partition stands on its way. */
export interface PartitionStand {
  /** End of the window after the watermark. */
  readonly nextEnd: Micros;
  /** When it is as old as `lag`. */
  readonly dueAt: Micros;
  /**
   * What it waits for: its time (`age`), the mark that closes it (`mark`), that mark's passing of the gate (`gate`),
   * or the process that has the partition (`archive`).
   */
  readonly waitsFor: 'age' | 'mark' | 'gate' | 'archive';
}

/** So long after it has become due a window may be on its way without anything being wrong. */
const GRACE_MICROS = 5 * MICROS_PER_SECOND;
const GRACE_MARKS = 3;

export function graceMicros({ marks }: Facts): number {
  return GRACE_MICROS + GRACE_MARKS * marks.intervalMs * MICROS_PER_MS;
}

/** The time that the next mark must have to close the window after a watermark. */
export function markNeeded(
  { sizeMicros, latenessMicros }: Pick<TableFacts, 'sizeMicros' | 'latenessMicros'>,
  watermark: Micros,
): Micros {
  return (nextWindowEnd(watermark, sizeMicros) + latenessMicros) as Micros;
}

/** @returns null while nothing is known of the watermark. */
export function standOf(facts: Facts, table: TableFacts, partition: PartitionFacts): PartitionStand | null {
  if (partition.watermark === null) return null;
  const { now } = facts;
  const { sizeMicros, lagMicros, latenessMicros } = table;
  const nextEnd = nextWindowEnd(partition.watermark, sizeMicros);
  const stand = {
    nextEnd,
    dueAt: (nextEnd + lagMicros) as Micros,
  };
  if (now <= stand.dueAt + graceMicros(facts)) return { ...stand, waitsFor: 'age' };
  if (partition.closingClock === null) return { ...stand, waitsFor: 'mark' };
  const passesGateAt = partition.closingClock + lagMicros - latenessMicros;
  const waitsFor = now <= passesGateAt + graceMicros(facts) ? 'gate' : 'archive';
  return { ...stand, waitsFor };
}

/** Partitions of a table whose window is late and waits for this. */
export function lateFor(
  facts: Facts,
  table: TableFacts,
  waitsFor: PartitionStand['waitsFor'],
): { readonly partition: PartitionFacts; readonly stand: PartitionStand }[] {
  return table.partitions.flatMap((partition) => {
    const stand = standOf(facts, table, partition);
    return stand?.waitsFor === waitsFor ? [{ partition, stand }] : [];
  });
}
