import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/log/decode-record.ts';
import { retryClock, retryHeaders } from '../../src/log/retry-header.ts';
import { micros } from '../../src/model/micros.ts';

const decode = decodeRecord({
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: 'file_location', sizeBytes: 'size_bytes' },
  createdAtZone: null,
});
const value = Buffer.from(
  '{"op":"c","after":{"uid":"a","created_at":5000000},"source":{"ts_us":6000000},"ts_ms":6000}',
);
const message = { key: Buffer.from('{"uid":"a"}'), value, offset: '7', timestamp: '0' };

describe('a record that was sent again', () => {
  it('is the same row, with the clock of when it was sent again, and says that it is one', () => {
    const first = decode(message);
    const again = decode({ ...message, headers: retryHeaders(micros(9_000_000)) });
    expect(again).toEqual({ ...first, clock: 9_000_000, serverClock: 9_000_000, isRetry: true });
    expect(first).not.toHaveProperty('isRetry');
  });

  it('does not count as a row of capture when it cannot be read', () => {
    const broken = { ...message, value: Buffer.from('{"op":"c","after":{"uid":7.5.1}}') };
    expect(decode(broken)).toMatchObject({ kind: 'poison', isRow: true });
    expect(decode({ ...broken, headers: retryHeaders(micros(9)) })).toMatchObject({ isRow: false });
  });

  it.each([undefined, {}, { 'tidemark-retry': 'soon' }, { 'tidemark-retry': ['1', '2'] }])(
    'is told by a header that holds a time, so %j is none',
    (headers) => {
      expect(retryClock(headers)).toBeUndefined();
    },
  );
});
