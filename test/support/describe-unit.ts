import type { CommitUnit, SealUnit } from '../../src/model/commit-unit.ts';

/** A unit as plain values that can be compared and read in a failure. */
export function describeUnit(unit: CommitUnit) {
  return {
    seals: unit.seals.map(describeSeal),
    rejects: unit.rejects.map(({ offset, reason }) => `${reason}@${offset}`),
    rejectedRows: unit.rejectedRows,
    surplusRows: unit.surplusRows,
    progress: unit.progress,
    open: unit.open,
  };
}

/** For example `window (0,10] b:3@7 a:5@4 of 3, offsets 4..9, drop committed`: uid:created_at@offset in sorted order. */
export function describeSeal(seal: SealUnit): string {
  const { kind, window, rows, received, firstOffset, lastOffset, duplicates, dropCommitted } = seal;
  const listed = Array.from({ length: rows.count }, (_, i) => describeRow(seal, i));
  if (rows.count + duplicates !== received) throw new Error('a seal does not add up');
  return [
    [`${kind} (${window.start},${window.end}]`, ...listed, `of ${received}`].join(' '),
    `offsets ${firstOffset}..${lastOffset}`,
    ...(dropCommitted ? ['drop committed'] : []),
  ].join(', ');
}

function describeRow({ rows }: SealUnit, i: number): string {
  return `${rows.uid(i)}:${rows.createdAt(i)}@${rows.offset(i)}`;
}
