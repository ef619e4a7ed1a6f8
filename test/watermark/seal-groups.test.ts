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
  it('are sealed while the next is read, each partition by itself, and no more than two are there', async () => {
    const held = new Map<string, () => void>();
    const release = (name: string): void => {
      held.get(name)?.();
      held.delete(name);
    };
    const groups = new SealGroups(
      ({ window, partition }) => new Promise((resolve) => held.set(`${window.end}/${partition}`, resolve)),
      { signal: new AbortController().signal },
    );
    await groups.begin([part(1, 0), part(1, 1)]);
    await expect.poll(() => [...held.keys()]).toEqual(['1/0', '1/1']);
    let readOn = false;
    const second = groups.begin([part(2, 0), part(2, 1), part(3, 0)]).then(() => (readOn = true));
    // Partition 1 still has its first part under way, and the reader waits for that.
    release('1/0');
    await expect.poll(() => [...held.keys()]).toEqual(['1/1', '2/0']);
    expect(readOn).toBe(false);
    release('1/1');
    await second;
    await expect.poll(() => [...held.keys()]).toEqual(['2/0', '2/1']);
    const finished = groups.finish();
    release('2/0');
    release('2/1');
    await expect.poll(() => [...held.keys()]).toEqual(['3/0']);
    release('3/0');
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

  it('end a reader that waits for the one before', async () => {
    const failures: ((error: Error) => void)[] = [];
    const groups = new SealGroups(() => new Promise((_, reject) => failures.push(reject)), {
      signal: new AbortController().signal,
    });
    await groups.begin([part(1, 0)]);
    await expect.poll(() => failures).toHaveLength(1);
    const second = groups.begin([part(2, 0)]);
    failures[0]!(new Error('full'));
    await expect(second).rejects.toThrow('full');
    await expect(groups.finish()).rejects.toThrow('full');
    expect(failures).toHaveLength(1);
  });
});
