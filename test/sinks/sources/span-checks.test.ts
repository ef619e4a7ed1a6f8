import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpanChecks, checkSpan } from '../../../src/sinks/pack/span-checks.ts';
import { SEED } from '../../support/seed.ts';

test('however a file comes in pieces, each span has the checksum of its own bytes', () => {
  const sizes = fc.record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    first: fc.integer({ min: 1, max: 40 }),
    span: fc.integer({ min: 1, max: 40 }),
    piece: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(sizes, ({ bytes, first, span, piece }) => {
      const checks = new SpanChecks({ firstSpanBytes: first, spanBytes: span });
      for (let at = 0; at < bytes.length; at += piece) checks.add(bytes.subarray(at, at + piece));
      const wanted: number[] = [];
      for (let from = 0, to = first; from < bytes.length; [from, to] = [to, to + span])
        wanted.push(checkSpan(bytes.subarray(from, to), 0));
      expect(checks.finish()).toEqual(wanted);
    }),
    { seed: SEED },
  );
});
