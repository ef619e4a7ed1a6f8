import { expect, test } from 'vitest';
import { holdBack } from '../../src/base/hold-back.ts';
import { collect } from '../sinks/support/collect.ts';

async function* items(count: number, ending: 'well' | 'badly') {
  for (let i = 1; i <= count; i++) yield await Promise.resolve(i);
  if (ending === 'badly') throw new Error('another digest');
}

test('passes everything on when the source ends well', async () => {
  expect(await collect(holdBack(items(3, 'well')))).toEqual([1, 2, 3]);
  expect(await collect(holdBack(items(0, 'well')))).toEqual([]);
});

test('never shows the last item of a source that fails at its end', async () => {
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of holdBack(items(3, 'badly'))) seen.push(item);
  })();
  await expect(reading).rejects.toThrow('another digest');
  expect(seen).toEqual([1, 2]);
});

test('ends its source when it is ended', async () => {
  let hasEnded = false;
  const source = (async function* () {
    try {
      yield* items(3, 'well');
    } finally {
      hasEnded = true;
    }
  })();
  for await (const item of holdBack(source)) if (item === 1) break;
  expect(hasEnded).toBe(true);
});
