import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/base/errors.ts';
import { decodeProgress, encodeProgress } from '../../src/log/progress-codec.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import { OPEN_EARLY_MAX } from '../../src/model/progress.ts';
import type { Progress } from '../../src/model/progress.ts';

const progresses = fc
  .record({
    offset: fc.nat(),
    ahead: fc.nat(),
    watermark: fc.maxSafeInteger(),
    epoch: fc.nat(),
    rowsSealed: fc.maxSafeNat(),
    early: fc.array(fc.tuple(fc.maxSafeInteger(), fc.maxSafeNat(), fc.nat()), { maxLength: OPEN_EARLY_MAX }),
    regatherUntil: fc.option(fc.maxSafeInteger(), { nil: undefined }),
    audit: fc.option(fc.record({ sequence: fc.maxSafeNat(), rows: fc.maxSafeNat() })),
  })
  .map((raw): Progress => ({
    offset: offset(raw.offset),
    position: offset(raw.offset + raw.ahead),
    watermark: micros(raw.watermark),
    epoch: raw.epoch,
    rowsSealed: raw.rowsSealed,
    early: raw.early.map(([end, position, parts]) => ({
      end: micros(end),
      position: offset(position),
      parts,
    })),
    ...(raw.regatherUntil === undefined ? {} : { regatherUntil: micros(raw.regatherUntil) }),
    audit: raw.audit,
  }));

describe('the metadata of a committed offset', () => {
  it('comes back as it was written and fits into what Kafka keeps', () => {
    fc.assert(
      fc.property(progresses, (progress) => {
        const metadata = encodeProgress(progress);
        expect(Buffer.byteLength(metadata)).toBeLessThan(4_096);
        expect(decodeProgress({ offset: String(progress.offset), metadata })).toEqual(progress);
      }),
    );
  });

  it.each([
    null,
    '',
    '{}',
    'x',
    '[]',
    'null',
    '{"v":2}',
    '{"v":1,"watermark":1.5,"position":0,"epoch":0,"rows":0}',
  ])('is refused by name when another tool wrote %j', (metadata) => {
    expect(() => decodeProgress({ offset: '0', metadata })).toThrow(
      expect.objectContaining({ code: 'ERR_METADATA_INVALID' }) as TidemarkError,
    );
  });

  it('is refused, and never crashes, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (metadata) => {
        try {
          decodeProgress({ offset: '7', metadata });
        } catch (error) {
          expect(error).toBeInstanceOf(TidemarkError);
        }
      }),
    );
  });
});
