import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchPart } from '../../src/model/batch.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import { windowEnd } from '../../src/model/window.ts';
import { TableGathering } from '../../src/streams/table-gathering.ts';
import { SEED } from '../support/seed.ts';

const SIZE = 10;

interface Given {
  readonly createdAt: number;
  readonly partition: number;
  readonly isBad: boolean;
}

const given = fc.record({
  createdAt: fc.integer({ min: -50, max: 200 }),
  partition: fc.integer({ min: 0, max: 2 }),
  isBad: fc.boolean(),
});

/** So many that windows of them outgrow every limit. */
const crowd = fc.array(
  given.map((row) => ({ ...row, createdAt: Math.abs(row.createdAt % 25), isBad: false })),
  {
    minLength: 40,
    maxLength: 80,
  },
);

function gather(
  rows: readonly Given[],
  limits: { rowsMax?: number; disorderMicros?: number } = {},
): BatchPart[] {
  const { rowsMax = 1_000, disorderMicros = 0 } = limits;
  const gathering = new TableGathering({
    ...{ sizeMicros: SIZE, partitionCount: 3, rowsMax, bytesMax: 1 << 20, disorderMicros },
  });
  const parts = rows.flatMap(({ createdAt: at, partition, isBad }, i) => {
    const createdAt = at as Micros;
    const uid = `r${i}`;
    return [
      ...gathering.take({
        ...{ createdAt, partition },
        entry: isBad
          ? { uid, createdAt, fileLocation: null, reason: 'record_invalid', detail: '', offset: null }
          : {
              ...{ kind: 'row', offset: 0 as Offset, uid, createdAt, fileLocation: null, sizeBytes: null },
              ...{ line: Buffer.from(`{"uid":"${uid}"}`), clock: createdAt, serverClock: createdAt },
            },
      }),
    ];
  });
  return [...parts, ...gathering.close()];
}

const uidsOf = ({ rows, rejects }: BatchPart): (string | null)[] => [
  ...Array.from({ length: rows.count }, (_, i) => rows.uid(i)),
  ...rejects.map(({ uid }) => uid),
];

describe('the rows of a table, gathered', () => {
  it('are each in one part, that of its window and partition, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(given), fc.integer({ min: 1, max: 5 }), (unsorted, rowsMax) => {
        const rows = [...unsorted].sort((a, b) => a.createdAt - b.createdAt);
        const parts = gather(rows, { rowsMax });
        expect(parts.flatMap(uidsOf).sort()).toEqual(rows.map((_, i) => `r${i}`).sort());
        for (const part of parts)
          for (const uid of uidsOf(part)) {
            const row = rows[Number(uid!.slice(1))]!;
            expect(part.partition).toBe(row.partition);
            expect(part.window.end).toBe(windowEnd(row.createdAt as Micros, SIZE));
          }
      }),
      { seed: SEED },
    );
  });

  it('close each window and partition once, in the order of windows, after its early parts', () => {
    fc.assert(
      fc.property(crowd, fc.integer({ min: 1, max: 5 }), (unsorted, rowsMax) => {
        const parts = gather(
          [...unsorted].sort((a, b) => a.createdAt - b.createdAt),
          { rowsMax },
        );
        const closed = parts.filter(({ kind }) => kind === 'window');
        const ends = closed.map(({ window }) => window.end);
        expect(ends).toEqual([...ends].sort((a, b) => a - b));
        const keys = closed.map(({ window, partition }) => `${window.end}/${partition}`);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [at, part] of parts.entries()) {
          if (part.kind !== 'early') continue;
          expect(part.rows.count).toBe(rowsMax);
          const place = `${part.window.end}/${part.partition}`;
          const closing = parts.findIndex(
            ({ kind, window, partition }) => kind === 'window' && `${window.end}/${partition}` === place,
          );
          expect(closing).toBeGreaterThan(at);
        }
      }),
      { seed: SEED },
    );
  });

  it('stay in their windows while they are out of order by no more than was said, and are late beyond', () => {
    const row = (createdAt: number): Given => ({ createdAt, partition: 0, isBad: false });
    const within = gather([row(5), row(24), row(8), row(40)], { disorderMicros: 20 });
    expect(within.map(({ kind, window }) => `${kind} ${window.end}`)).toEqual([
      'window 10',
      'window 30',
      'window 40',
    ]);
    const beyond = gather([row(5), row(24), row(8), row(40)]);
    expect(beyond.map(({ kind, window, rows }) => `${kind} ${window.end} ${rows.uid(0)}`)).toEqual([
      'window 10 r0',
      'late 10 r2',
      'window 30 r1',
      'window 40 r3',
    ]);
  });

  it('close with the first row beyond their window, and not before', () => {
    const gathering = new TableGathering({
      ...{ sizeMicros: SIZE, partitionCount: 1, rowsMax: 10, bytesMax: 1 << 20, disorderMicros: 0 },
    });
    const take = (createdAt: number) =>
      gathering.take({
        ...{ createdAt: createdAt as Micros, partition: 0 },
        entry: {
          ...{ uid: 'u', createdAt: createdAt as Micros, fileLocation: null },
          ...{ reason: 'record_invalid', detail: '', offset: null },
        },
      }).length;
    expect([1, 10, 11, 20, 21].map(take)).toEqual([0, 0, 1, 0, 1]);
    expect(gathering.closedUntil).toBe(20);
  });

  it('have no place in a log', () => {
    const [part] = gather([{ createdAt: 1, partition: 1, isBad: false }]);
    expect(part!.rows.offset(0)).toBeNull();
  });
});
