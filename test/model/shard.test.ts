import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import { manifestName, shardName } from '../../src/model/shard.ts';
import type { SealName } from '../../src/model/shard.ts';
import { SEED } from '../support/seed.ts';

const DAY = 86_400_000_000;

function sealName(changes: Partial<SealName> = {}): SealName {
  return {
    table: 'public.files',
    window: { start: (20_000 * DAY) as Micros, end: (20_001 * DAY) as Micros },
    partition: 3,
    partitionCount: 8,
    kind: 'window',
    firstOffset: null,
    ...changes,
  };
}

const at = (firstOffset: number) => firstOffset as Offset;

describe('names of shards and manifests', () => {
  test('say table, day and end of the window, partition and part', () => {
    expect(shardName(sealName(), 1)).toBe('public.files/2024/10/05/20241005T000000Z-p3of8-0001.tar.zst');
    expect(manifestName(sealName())).toBe('public.files/2024/10/05/20241005T000000Z-p3of8.manifest.json');
  });

  test('say of a supplement where it begins in the log', () => {
    const late = sealName({ kind: 'late', firstOffset: at(17) });
    expect(shardName(late, 2)).toBe('public.files/2024/10/05/20241005T000000Z-p3of8-0002-late-17.tar.zst');
    expect(manifestName(late)).toBe('public.files/2024/10/05/20241005T000000Z-p3of8-late-17.manifest.json');
  });

  test('number early parts like the rest of their window, with a manifest of their own', () => {
    const early = sealName({ kind: 'early', firstOffset: at(17) });
    expect(shardName(early, 2)).toBe(shardName(sealName(), 2));
    expect(manifestName(early)).toBe('public.files/2024/10/05/20241005T000000Z-p3of8-early-17.manifest.json');
  });

  test('keep microseconds when a window ends between two seconds', () => {
    const window = { start: 0 as Micros, end: 500_000 as Micros };
    expect(shardName(sealName({ window }), 1)).toContain('/19700101T000000.500000Z-p3of8-');
  });

  test('sort by the end of the window', () => {
    const end = fc.integer({ min: 0, max: 40_000 * DAY });
    const name = (value: number) =>
      shardName(sealName({ window: { start: 0 as Micros, end: (value * 1_000_000) as Micros } }), 1);
    const seconds = end.map((micros) => Math.floor(micros / 1_000_000));
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        expect(name(a) < name(b)).toBe(a < b);
      }),
      { seed: SEED },
    );
  });

  test('differ whenever one of the things they name differs', () => {
    const name = fc.record({
      end: fc.integer({ min: -3, max: 3 }),
      partition: fc.nat(2),
      kind: fc.constantFrom('window' as const, 'early' as const, 'late' as const),
      first: fc.nat(2),
    });
    const written = ({
      end,
      partition,
      kind,
      first,
    }: {
      end: number;
      partition: number;
      kind: SealName['kind'];
      first: number;
    }) =>
      manifestName(
        sealName({
          window: { start: (end - 1) as Micros, end: end as Micros },
          partition,
          kind,
          firstOffset: kind === 'window' ? null : at(first),
        }),
      );
    fc.assert(
      fc.property(name, name, (a, b) => {
        const isSame =
          a.end === b.end &&
          a.partition === b.partition &&
          a.kind === b.kind &&
          (a.kind === 'window' || a.first === b.first);
        expect(written(a) === written(b)).toBe(isSame);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
