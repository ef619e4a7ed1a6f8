import type { Admin } from 'kafkajs';
import { expect, it } from 'vitest';
import { readSourceOffsets, sourceOffsets } from '../../../src/log/debezium/source-codec.ts';
import type { SourcePosition } from '../../../src/model/source-position.ts';

const SOURCE = { topic: 'a', partition: 1, next: 7, seen: 5, firstEnd: 3, bound: null } as SourcePosition;

const read = (partitions: readonly object[]): Promise<SourcePosition[]> =>
  readSourceOffsets(
    { fetchOffsets: () => Promise.resolve([{ topic: 'a', partitions }]) } as unknown as Admin,
    { group: 'g', topics: ['a'] },
  );

it('a position comes back as it was committed; a partition without one has none', async () => {
  const [committed] = sourceOffsets([SOURCE]);
  expect(await read([...committed!.partitions, { partition: 2, offset: '-1', metadata: null }])).toEqual([
    SOURCE,
  ]);
});

it('an offset that a tool has set counts, and nothing is known of what was read before it', async () => {
  const fresh = { ...SOURCE, next: 9, seen: null, firstEnd: 0 };
  for (const metadata of [null, '', 'by hand', '{"v":2}']) {
    expect(await read([{ partition: 1, offset: '9', metadata }])).toEqual([fresh]);
  }
});
