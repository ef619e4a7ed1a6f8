import type { Events } from '../base/event-map.ts';
import type { CommitUnit } from '../model/commit-unit.ts';
import type { SealResult } from '../model/seal.ts';

/** Tells the listeners what one committed unit was. */
export function reportCommitted(done: {
  readonly table: string;
  readonly partition: number;
  readonly events: Events;
  readonly unit: CommitUnit;
  readonly results: readonly SealResult[];
  readonly durationMs: number;
}): void {
  const { table, partition, events, unit, results, durationMs } = done;
  const place = { table, partition };
  for (const { manifest } of results) {
    const { window, kind, ledger, shards } = manifest;
    if (kind === 'early') events.emit('window:full', { ...place, window, rows: ledger.received });
    events.emit('window:sealed', { ...place, window, kind, ledger, shards, durationMs });
  }
  const rejects = [...unit.rejects, ...results.flatMap(({ manifest }) => manifest.rejects)];
  for (const reason of new Set(rejects.map((reject) => reject.reason))) {
    const rows = rejects.filter((reject) => reject.reason === reason).length;
    events.emit('row:rejected', { ...place, reason, rows });
  }
  if (unit.surplusRows > 0) events.emit('rows:surplus', { ...place, rows: unit.surplusRows });
  const lateRows = unit.seals.reduce((sum, seal) => sum + (seal.kind === 'late' ? seal.received : 0), 0);
  events.emit('partition:committed', {
    ...place,
    watermark: unit.progress.watermark,
    openWindows: unit.open.windows,
    openRows: unit.open.rows,
    lateRows,
  });
}
