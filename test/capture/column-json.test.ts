import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnEncoder, TYPE_OID } from '../../src/capture/column-json.ts';
import { SEED } from '../support/seed.ts';

const TEXT = 25;

describe('a column as JSON', () => {
  it.each([
    [TYPE_OID.bool, 't', 'true'],
    [TYPE_OID.bool, 'f', 'false'],
    [TYPE_OID.int8, '9223372036854775807', '9223372036854775807'],
    [TYPE_OID.int2, '-5', '-5'],
    [TYPE_OID.float8, '1e+20', '1e+20'],
    [TYPE_OID.float8, 'NaN', '"NaN"'],
    [TYPE_OID.float4, '-Infinity', '"-Infinity"'],
    [TYPE_OID.timestamptz, '2026-11-23 05:37:17.123456+00', '"2026-11-23T05:37:17.123456Z"'],
    [TYPE_OID.timestamptz, '2026-11-23 05:37:17.1+00', '"2026-11-23T05:37:17.100000Z"'],
    [TYPE_OID.timestamptz, '2026-11-23 05:37:17+00', '"2026-11-23T05:37:17.000000Z"'],
    [TYPE_OID.timestamptz, '294276-12-31 23:59:59.999999+00', '"294276-12-31T23:59:59.999999Z"'],
    [TYPE_OID.timestamptz, '0044-03-15 00:00:00+00 BC', '"0044-03-15T00:00:00.000000Z BC"'],
    [TYPE_OID.timestamptz, 'infinity', '"infinity"'],
    [TYPE_OID.timestamptz, '-infinity', '"-infinity"'],
    [TYPE_OID.timestamp, '1970-01-01 00:00:00.000001', '1'],
    [TYPE_OID.timestamp, '1969-12-31 23:59:59.5', '-500000'],
    [TYPE_OID.timestamp, '294276-12-31 23:59:59.999999', '9224318015999999999'],
    [TYPE_OID.timestamp, '4714-11-24 00:00:00 BC', '-210866803200000000'],
    [TYPE_OID.timestamp, '-infinity', '"-infinity"'],
    [1700, '12345678901234567890.5', '"12345678901234567890.5"'],
    [17, '\\x00ff', '"\\\\x00ff"'],
  ])('of type %i: %s', (type, text, expected) => {
    expect(columnEncoder(type)(text)).toBe(expected);
  });

  it('of text is what a JSON parser reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(columnEncoder(TEXT)(text))).toBe(text);
      }),
      { seed: SEED },
    );
  });
});
