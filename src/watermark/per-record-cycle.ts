import type { Events } from '../base/event-map.ts';
import { failpoint } from '../base/failpoint.ts';
import type { BatchPart, BatchRow } from '../model/batch.ts';
import { chooseRows, positionsWhere } from '../model/chosen-rows.ts';
import type { SealRows } from '../model/seal.ts';
import type { CycleTotals } from './cycle-totals.ts';
import type { CycleSeals } from './cycle-seals.ts';
import type { PhaseTimes } from './phase-times.ts';
import type { WindowGathering } from './watermark-cycle.ts';

export interface PerRecordCycleOptions {
  readonly table: string;
  /** One page a batch, behind the key of the one before: rows that fail again do not keep the others waiting. */
  readonly batches: AsyncIterable<Iterable<BatchRow>>;
  readonly gather: () => WindowGathering;
  /** Null in a dry run. */
  readonly seals: CycleSeals | null;
  /** A flag for each row that stands in a shard already: a cycle before this one died before it marked the row. */
  readonly findCommitted: (part: BatchPart) => Promise<Uint8Array>;
  /** The one UPDATE of a batch. */
  readonly mark: (uids: readonly string[]) => Promise<void>;
  readonly totals: CycleTotals;
  readonly times: PhaseTimes;
  readonly events: Events;
  readonly isDraining: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Batch after batch: seal, then mark what was packed. A row that fails is not marked, and is tried again by the next
 * cycle, alone; a row that was packed and not marked is found in its shard and marked.
 *
 * @returns UPDATE statements.
 */
export async function sealRecords(options: PerRecordCycleOptions): Promise<number> {
  const { table, times, events, isDraining, signal } = options;
  let updates = 0;
  let readRows = 0;
  for await (const page of times.pages(options.batches)) {
    signal.throwIfAborted();
    const batch = [...page];
    readRows += batch.length;
    events.emit('cycle:progressed', { table, strategy: 'per-record', readRows, pendingRows: batch.length });
    const uids = await sealBatch(options, batch);
    if (uids.length > 0) {
      failpoint('cycle:batch-sealed');
      await times.measure('update', () => options.mark(uids));
      failpoint('cycle:batch-marked');
      events.emit('database:operated', { operation: 'update', count: 1 });
      updates++;
    }
    if (isDraining()) break;
  }
  return updates;
}

/** @returns uids of the rows that stand in durable shards now. */
async function sealBatch(options: PerRecordCycleOptions, batch: readonly BatchRow[]): Promise<string[]> {
  const gathering = options.gather();
  const parts = batch.flatMap((row) => [...gathering.take(row)]);
  const uids: string[] = [];
  // One after another: a batch is small, and seldom of more than one window.
  for (const part of [...parts, ...gathering.close()]) uids.push(...(await sealPart(options, part)));
  return uids;
}

async function sealPart(options: PerRecordCycleOptions, part: BatchPart): Promise<string[]> {
  const { seals, totals, times, signal, findCommitted } = options;
  if (seals === null) {
    totals.addUntried(part);
    return [];
  }
  return times.measure('pack', async () => {
    const { rows } = part;
    const committed = await findCommitted(part);
    const positions = positionsWhere(rows.count, (position) => committed[position] !== 1);
    const missing = positions.length === rows.count ? rows : chooseRows(rows, positions);
    const failed = new Set<string | null>();
    if (missing.count > 0 || part.rejects.length > 0) {
      const result = await seals.seal({ ...part, kind: 'late', rows: missing }, signal);
      totals.add(result);
      for (const reject of result.manifest.rejects) failed.add(reject.uid);
    }
    return uidsOf(rows).filter((uid) => !failed.has(uid));
  });
}

function uidsOf(rows: SealRows): string[] {
  return Array.from({ length: rows.count }, (_, index) => rows.uid(index));
}
