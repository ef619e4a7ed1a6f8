import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/log/listener-probe.ts';
import { runs } from '../support/fuzz-runs.ts';

/** As a broker answers: correlation id, error, the mechanisms that it has. */
function answer(error: number, mechanisms: readonly string[]): Buffer {
  const names = mechanisms.map((name) => {
    const bytes = Buffer.from(name);
    const length = Buffer.alloc(2);
    length.writeInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const head = Buffer.alloc(14);
  head.writeInt32BE(0x7469_6465, 4);
  head.writeInt16BE(error, 8);
  head.writeInt32BE(mechanisms.length, 10);
  const whole = Buffer.concat([head, ...names]);
  whole.writeInt32BE(whole.length - 4, 0);
  return whole;
}

describe('fuzz: what a listener answers', () => {
  it('is understood whole, and waited for in pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }), fc.nat(), (mechanisms, cut) => {
        const whole = answer(33, mechanisms);
        expect(readAnswer(whole)).toEqual({ kind: 'login', mechanisms });
        expect(readAnswer(whole.subarray(0, cut % whole.length))).toBeUndefined();
      }),
    );
    expect(readAnswer(answer(34, []))).toEqual({ kind: 'open' });
  });

  it('may be anything, and never throws', () => {
    const isKnown = (bytes: Buffer): void => {
      expect(['open', 'login', 'foreign', undefined]).toContain(readAnswer(bytes)?.kind);
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => isKnown(Buffer.from(bytes))),
      runs(500),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const broken = Buffer.concat([answer(33, []).subarray(0, 10), Buffer.from(bytes)]);
        broken.writeInt32BE(broken.length - 4, 0);
        isKnown(broken);
      }),
      runs(500),
    );
    expect(readAnswer(Buffer.from('15030300020228', 'hex'))).toEqual({ kind: 'foreign' });
  });
});
