import { expect, test } from 'vitest';
import { lineBatches } from '../../src/sinks/read/line-batches.ts';
import { Random, SEED } from '../support/seed.ts';

test('lines come whole however the bytes are cut', async () => {
  const random = new Random(SEED);
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: random.between(0, 20) }, () => 'é'.repeat(random.between(0, 9)));
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const chunks = (async function* () {
      for (let at = 0; at < bytes.length;) {
        const length = random.between(1, 12);
        yield await Promise.resolve(bytes.subarray(at, at + length));
        at += length;
      }
    })();
    const found: string[] = [];
    for await (const batch of lineBatches(chunks)) found.push(...batch.map(String));
    expect(found).toEqual(lines);
  }
});
