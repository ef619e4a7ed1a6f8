import type { SealRows } from './seal.ts';

/** Some rows of a seal, in their order; reads through to them. */
export function chooseRows(rows: SealRows, positions: Uint32Array): SealRows {
  const at = (index: number): number => {
    const position = positions[index];
    if (position === undefined) throw new RangeError(`no row ${index} of ${positions.length}`);
    return position;
  };
  return {
    count: positions.length,
    createdAt: (index) => rows.createdAt(at(index)),
    uid: (index) => rows.uid(at(index)),
    fileLocation: (index) => rows.fileLocation(at(index)),
    sizeBytes: (index) => rows.sizeBytes(at(index)),
    line: (index) => rows.line(at(index)),
    bytes: (index) => rows.bytes(at(index)),
    offset: (index) => rows.offset(at(index)),
  };
}

/** Positions of the rows that a flag keeps. */
export function positionsWhere(count: number, keeps: (position: number) => boolean): Uint32Array {
  const positions = new Uint32Array(count);
  let kept = 0;
  for (let i = 0; i < count; i++) if (keeps(i)) positions[kept++] = i;
  return positions.subarray(0, kept);
}
