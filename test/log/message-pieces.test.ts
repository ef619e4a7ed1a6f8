import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPieces } from '../../src/log/message-pieces.ts';
import type { OutgoingMessage } from '../../src/log/outgoing.ts';
import { SEED } from '../support/seed.ts';

const message = (bytes: number): OutgoingMessage => ({ topic: 't', key: '', value: 'x'.repeat(bytes) });

describe('the messages of a commit', () => {
  it('are sent in pieces below a mebibyte, in their order, a larger one alone', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const messages = bytes.map(message);
        const pieces = [...cutPieces(messages)];
        expect(pieces.flat()).toEqual(messages);
        for (const piece of pieces) {
          const sum = piece.reduce((total, { value }) => total + value.length, 0);
          expect(piece.length === 1 || sum < 1_048_576).toBe(true);
        }
      }),
      { seed: SEED, numRuns: 30 },
    );
  });

  it('are at most a thousand in a piece', () => {
    const pieces = [...cutPieces(Array.from({ length: 2_500 }, () => message(1)))];
    expect(pieces.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });
});
