import { describe, expect, it } from 'vitest';
import type { BatchPart } from '../../src/model/batch.ts';
import type { Micros } from '../../src/model/micros.ts';
import { SealGroups } from '../../src/watermark/seal-groups.ts';

const part = (end: number, partition: number): BatchPart => ({
  kind: 'window',
  window: { start: (end - 1) as Micros, end: end as Micros },
  partition,
  rows: {} as BatchPart['rows'],
  duplicates: 0,
  rejects: [],
});

describe('groups of parts', () => {
  it('are sealed while the next is read, and one after another: no more than one is under way', async () => {
    const begun: string[] = [];
    const held: (() => void)[] = [];
    const groups = new SealGroups(
      ({ window, partition }) => {
        begun.push(`${window.end}/${partition}`);
        return new Promise((resolve) => held.push(resolve));
      },
      { signal: new AbortController().signal },
    );
    await groups.begin([part(1, 0), part(1, 1)]);
    expect(begun).toEqual(['1/0', '1/1']);
    const second = groups.begin([part(2, 0), part(3, 0)]);
    expect(begun).toHaveLength(2);
    held.splice(0).forEach((release) => release());
    await second;
    expect(begun.slice(2)).toEqual(['2/0']);
    const finished = groups.finish();
    held.splice(0).forEach((release) => release());
    // The next window begins only now.
    await expect.poll(() => begun.slice(3)).toEqual(['3/0']);
    held.splice(0).forEach((release) => release());
    await finished;
  });

  it('end with the first failure, which abandons the rest', async () => {
    const aborted: unknown[] = [];
    const groups = new SealGroups(
      async ({ partition }, signal) => {
        if (partition === 0) throw new Error('full');
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.reason);
            resolve();
          });
        });
      },
      { signal: new AbortController().signal },
    );
    await groups.begin([part(1, 1), part(1, 0), part(2, 0)]);
    await expect(groups.finish()).rejects.toThrow('full');
    expect(aborted).toHaveLength(1);
  });
});
