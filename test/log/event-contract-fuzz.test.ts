import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSamples } from '../../scripts/docs/event-samples.ts';
import { decodePosition, encodePosition } from '../../src/client/position.ts';
import { readEvent } from '../../src/log/event-contract.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { eventProblems } from '../support/event-schemas.ts';
import { runs } from '../support/fuzz-runs.ts';
import { mutatedText } from '../support/mutated.ts';

describe('reading what should be an event', () => {
  it('never throws, and takes for one exactly what the published schema takes for one', () => {
    const samples = eventSamples().map((sample) => JSON.stringify(sample));
    const texts = fc.oneof(mutatedText(fc.constantFrom(...samples)), fc.json(), fc.string());
    fc.assert(
      fc.property(texts, (text) => {
        const read = readEvent(text);
        if (read === undefined) return;
        const problems = eventProblems(JSON.parse(text), 'reader');
        expect([text, problems.length === 0]).toEqual([text, 'event' in read]);
      }),
      runs(1_000),
    );
  });
});

describe('a position of a stream', () => {
  const positions = fc
    .record({
      ...{ needed: fc.nat().map(offset), ahead: fc.nat(), done: fc.nat() },
      floor: fc.option(fc.maxSafeInteger().map(micros)),
    })
    .map(({ needed, ahead, done, floor }) => ({ needed, next: offset(needed + ahead), done, floor }));

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodePosition(encodePosition(position))).toEqual(position);
      }),
      runs(500),
    );
  });

  it('that was damaged is none, or another one that could have been written', () => {
    fc.assert(
      fc.property(mutatedText(positions.map(encodePosition)), (text) => {
        const read = decodePosition(text);
        if (read !== undefined) expect(decodePosition(encodePosition(read))).toEqual(read);
      }),
      runs(1_000),
    );
  });
});
