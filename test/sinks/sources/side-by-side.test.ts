import { once } from 'node:events';
import { expect, test } from 'vitest';
import { underCancellation } from '../../../src/sinks/pack/cancelled.ts';
import { allOrFirstFault } from '../../../src/sinks/pack/side-by-side.ts';

const MANY = Array.from({ length: 40 }, (_, i) => i);

test('when one fails the others are aborted, all have ended, and the first failure is told', async () => {
  const ended: number[] = [];
  const work = async (item: number, together: AbortSignal) => {
    try {
      if (item === 7) throw new Error('seven');
      await once(together, 'abort');
      together.throwIfAborted();
    } finally {
      ended.push(item);
    }
  };
  await expect(allOrFirstFault(MANY, new AbortController().signal, work)).rejects.toThrow('seven');
  expect(ended.sort((a, b) => a - b)).toEqual(MANY);
});

test('what waits is aborted soon after its seal was cancelled, without a warning of its many listeners', async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error) => warnings.push(name);
  process.on('warning', listen);
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const waiting = underCancellation(flag, (signal) =>
    allOrFirstFault(MANY, signal, async (_, together) => {
      signal.addEventListener('abort', () => undefined);
      await once(together, 'abort');
      together.throwIfAborted();
    }),
  );
  Atomics.store(flag, 0, 1);
  await expect(waiting).rejects.toMatchObject({ name: 'Cancelled' });
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});
