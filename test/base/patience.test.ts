import { expect, it } from 'vitest';
import { endsWithin } from '../../src/base/patience.ts';

it('waits for work that ends, however it ends, and gives up on work that does not', async () => {
  expect(await endsWithin(60_000, Promise.resolve())).toBe(true);
  expect(await endsWithin(60_000, Promise.reject(new Error('closed')))).toBe(true);
  expect(await endsWithin(1, new Promise(() => undefined))).toBe(false);
});
