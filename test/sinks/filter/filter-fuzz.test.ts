import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TidemarkError } from '../../../src/base/errors.ts';
import { rowBytes } from '../../../src/sinks/filter/filter-bits.ts';
import { decodeHead, digestOfHead, encodeHead } from '../../../src/sinks/filter/filter-head.ts';
import type { FilterHead } from '../../../src/sinks/filter/filter-head.ts';
import { filterName, parseFilterName } from '../../../src/sinks/filter/filter-name.ts';
import { askFilter, openFilter } from '../../../src/sinks/filter/read-filter.ts';
import { hashUid } from '../../../src/sinks/filter/uid-hash.ts';
import { runs } from '../../support/fuzz-runs.ts';
import { mutated } from '../../support/mutated.ts';
import type { Sink } from '../../../src/sinks/sink.ts';

const HEAD: FilterHead = {
  ...{ table: 'public.files', uids: 30, sections: 2, rows: 3, sectionEnds: [1, 3] },
  manifests: [
    { name: '20261123T060000Z-p0of2.manifest.json', shards: 2 },
    { name: '20261123T070000Z-p0of2.manifest.json', shards: 1 },
  ],
};

/** A sink that has these bytes under any name. */
function sinkOf(bytes: Buffer): Sink {
  const readRange = (_: string, { offset, length }: { offset: number; length: number }): Promise<Buffer> =>
    offset + length <= bytes.length
      ? Promise.resolve(bytes.subarray(offset, offset + length))
      : Promise.reject(new TidemarkError('ERR_SHARD_CORRUPT', { detail: 'it ends before' }));
  return { readRange } as unknown as Sink;
}

const nameOf = (head: Buffer): string =>
  filterName({
    ...{ day: 'public.files/2026/11/23/', partition: 0, partitionCount: 2 },
    ...{ headBytes: head.length, digest: digestOfHead(head) },
  });

describe('the head of a filter', () => {
  test('comes back as it was written, that of a later version does not', () => {
    expect(decodeHead(encodeHead(HEAD))).toEqual(HEAD);
    const later = encodeHead(HEAD);
    later.writeUInt32LE(2, 8);
    expect(decodeHead(later)).toBeUndefined();
  });

  test('fuzz: of any bytes is a head whose parts agree, or none', () => {
    fc.assert(
      fc.property(mutated(fc.constant(encodeHead(HEAD))), (bytes) => {
        const head = decodeHead(Buffer.from(bytes));
        if (head === undefined) return;
        expect(head.sectionEnds).toHaveLength(head.sections);
        expect(head.sectionEnds.at(-1)).toBe(head.manifests.reduce((sum, { shards }) => sum + shards, 0));
      }),
      runs(500),
    );
  });

  test('fuzz: changed under its name is told, with what it is', async () => {
    const head = encodeHead(HEAD);
    const name = nameOf(head);
    const otherRows = Buffer.from(head);
    otherRows.writeUInt32LE(HEAD.rows + 1, 16);
    await expect(openFilter(sinkOf(otherRows), name)).rejects.toMatchObject({ code: 'ERR_FILTER_CORRUPT' });
    await fc.assert(
      fc.asyncProperty(mutated(fc.constant(head)), async (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.subarray(0, head.length).equals(head)) return;
        await expect(openFilter(sinkOf(changed), name)).rejects.toMatchObject({ code: 'ERR_FILTER_CORRUPT' });
      }),
      runs(200),
    );
  });

  test('that says more rows than there are is no reason to take memory', async () => {
    const head = encodeHead({ ...HEAD, rows: 1_000_000 });
    const sink = sinkOf(Buffer.concat([head, Buffer.alloc(4 * rowBytes(HEAD))]));
    const filter = await openFilter(sink, nameOf(head));
    expect(decodeHead(encodeHead({ ...HEAD, rows: 2 ** 31 }))).toBeUndefined();
    await expect(askFilter(sink, filter, hashUid(Buffer.from('x')))).rejects.toMatchObject({
      code: 'ERR_FILTER_CORRUPT',
    });
  });
});

describe('the name of a filter', () => {
  test('fuzz: comes back as it was written, and others are none', () => {
    const name = nameOf(encodeHead(HEAD));
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 4_096 }), (partition, partitionCount) => {
        const parts = { ...parseFilterName(name)!, partition, partitionCount };
        expect(parseFilterName(filterName(parts))).toEqual(parts);
      }),
      runs(50),
    );
    for (const other of [
      `${name}.aside`,
      name.replace('.filter', '.json'),
      name.slice(3).replace('uids', 'u'),
    ])
      expect(parseFilterName(other)).toBeUndefined();
  });
});
