import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/log/decode-record.ts';
import { encodeMark, recordEncoder } from '../../src/log/encode-record.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros, parseMicros } from '../../src/model/micros.ts';
import type { Entry } from '../../src/model/row.ts';
import { SEED } from '../support/seed.ts';

const COLUMNS = {
  uid: 'uid',
  createdAt: 'created_at',
  fileLocation: 'file_location',
  sizeBytes: 'size_bytes',
};
const decode = decodeRecord({ columns: COLUMNS, createdAtZone: null });

function read(value: string | Buffer | null, with_ = decode): Entry {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return with_({ key: null, value: bytes, offset: '17', timestamp: '1795412237999' });
}

function golden(name: string): string {
  return readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8');
}

const row = (after: object, more: object = { op: 'c', source: { ts_us: 5 } }): string =>
  JSON.stringify({ ...more, after });
const AFTER = { uid: 'u', created_at: '2026-11-23T05:37:17Z', file_location: '/f', size_bytes: 1 };

describe('records as Debezium 3.6 writes them', () => {
  it('are read without schemas, the row as it stands, large integers unharmed', () => {
    const entry = read(golden('debezium-create').replace('9007199254740993', '900719925474099'));
    expect(entry).toMatchObject({
      kind: 'row',
      offset: 17,
      uid: 'a-1',
      createdAt: parseMicros('2026-11-23T05:37:17.123456Z'),
      fileLocation: '/data/a-1',
      sizeBytes: 900719925474099,
      clock: 1795412237200123,
    });
    const beside = read(row({ ...AFTER, other: 0 }).replace('"other":0', '"other":9007199254740993'));
    expect(beside.kind === 'row' && Buffer.from(beside.line).toString()).toContain('9007199254740993');
  });

  it('are read from the schema/payload envelope, printed over many lines', () => {
    const entry = read(golden('debezium-snapshot-with-schema'));
    expect(entry).toMatchObject({
      kind: 'row',
      uid: 'b-2',
      createdAt: 1795412237123456,
      clock: 1795412237200456,
    });
    if (entry.kind !== 'row') return;
    const line = Buffer.from(entry.line).toString();
    expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toEqual({
      uid: 'b-2',
      created_at: 1795412237123456,
      file_location: '/data/b-2',
      size_bytes: 12,
    });
  });

  it.each([
    ['io.debezium.time.Timestamp', '1795412237123', 1795412237123000],
    ['org.apache.kafka.connect.data.Timestamp', '1795412237123', 1795412237123000],
    ['io.debezium.time.NanoTimestamp', '1795412237123456789', 1795412237123456],
    ['io.debezium.time.NanoTimestamp', '-1', -1],
    ['io.debezium.time.MicroTimestamp', '-1', -1],
  ])('name the unit of a number in their schema: %s', (name, number, expected) => {
    const text = golden('debezium-snapshot-with-schema')
      .replaceAll('io.debezium.time.MicroTimestamp', name)
      .replace('1795412237123456,', `${number},`);
    expect(read(text)).toMatchObject({ kind: 'row', createdAt: expected });
  });

  it.each(['u', 'd', 't', 'm'])(
    'that are no inserts (op %s) become poison that nobody counts as a row',
    (op) => {
      const entry = read(row(AFTER, { op, source: {} }));
      expect(entry).toMatchObject({ kind: 'poison', reason: 'record_invalid', isRow: false });
    },
  );

  it('that are tombstones become poison', () => {
    expect(read(null)).toMatchObject({ kind: 'poison', isRow: false, offset: 17, clock: 1795412237999000 });
  });
});

describe('records as capture writes them', () => {
  it('come back as they were sent', () => {
    const afterJson = '{"uid":"x\\"y","created_at":-7,"file_location":null,"size_bytes":null}';
    const value = recordEncoder()({
      table: 'public.files',
      op: 'r',
      keyJson: '{}',
      afterJson,
      lsn: lsn(2n ** 60n),
      txId: 4,
      committedAt: micros(-8),
    });
    const entry = read(value);
    expect(entry).toMatchObject({
      kind: 'row',
      uid: 'x"y',
      createdAt: -7,
      fileLocation: null,
      sizeBytes: null,
    });
    expect(entry.clock).toBe(-8);
    expect(entry.kind === 'row' && Buffer.from(entry.line).toString()).toBe(afterJson);
    expect((JSON.parse(value) as { source: unknown }).source).toMatchObject({
      txId: 4,
      schema: 'public',
      table: 'files',
      snapshot: 'true',
    });
  });

  it('wait at the gate for the earlier of the server’s clock and the log’s, and keep the server’s', () => {
    const ahead = 1_795_412_237_999_000 + 3_600_000_000;
    const source = { op: 'c', source: { ts_us: ahead } };
    expect(read(row(AFTER, source))).toMatchObject({ clock: 1_795_412_237_999_000, serverClock: ahead });
    const mark = {
      time: micros(ahead),
      epoch: 1,
      sequence: 1,
      lsn: lsn(1n),
      clock: micros(ahead),
      rows: 0,
      rowsTotal: 0,
    };
    expect(read(encodeMark(mark))).toMatchObject({ mark, clock: 1_795_412_237_999_000 });
  });

  it('have marks beside the rows', () => {
    const mark = {
      time: micros(-3),
      epoch: 2,
      sequence: 9,
      lsn: lsn(2n ** 40n),
      clock: micros(4),
      rows: 5,
      rowsTotal: 60,
    };
    expect(read(encodeMark(mark))).toEqual({ kind: 'mark', offset: 17, mark, clock: 4 });
  });
});

describe('created_at', () => {
  it.each([null, 'infinity', '-infinity', '0044-03-15T00:00:00.000000Z BC', 'yesterday', 2 ** 60, 1.5, true])(
    'of %j cannot be archived, but the row counts',
    (created_at) => {
      const entry = read(row({ ...AFTER, created_at }));
      expect(entry).toMatchObject({ kind: 'poison', reason: 'created_at_invalid', isRow: true, uid: 'u' });
    },
  );

  it('without a zone is wall time of the zone that the table names', () => {
    const berlin = decodeRecord({ columns: COLUMNS, createdAtZone: 'Europe/Berlin' });
    const local = parseMicros('2026-07-01T12:00:00Z')!;
    const expected = parseMicros('2026-07-01T10:00:00Z');
    expect(read(row({ ...AFTER, created_at: local }), berlin)).toMatchObject({ createdAt: expected });
    expect(read(row({ ...AFTER, created_at: '2026-07-01 12:00:00' }), berlin)).toMatchObject({
      createdAt: expected,
    });
    const zoned = read(row({ ...AFTER, created_at: '2026-07-01T12:00:00Z' }), berlin);
    expect(zoned).toMatchObject({ createdAt: local });
  });
});

describe('what is no record', () => {
  it.each([
    ['noise', 'noise'],
    ['a cut object', '{"op":"c","after":{"uid":"u"'],
    ['a trailing comma', '{"op":"c","after":{"uid":"u",}}'],
    ['text behind the object', `${row(AFTER)} x`],
    ['no object', '[1]'],
    ['no op', '{"after":{}}'],
    ['an op that is no text', '{"op":1,"after":{}}'],
    ['an after that is no object', '{"op":"c","after":[]}'],
    ['an after that is null', '{"op":"c","after":null}'],
    ['a uid that is no text', row({ ...AFTER, uid: {} })],
    ['a location that is no text', row({ ...AFTER, file_location: 3 })],
    ['a negative size', row({ ...AFTER, size_bytes: -1 })],
    ["CockroachDB's own mark", '{"resolved":"1500000000000000000.0000000000"}'],
    ['a mark with a wrong LSN', '{"resolved":{"lsn":"x"}}'],
    ['an odd escape in a name', '{"\\q":1}'],
  ])('becomes poison: %s', (_name, value) => {
    expect(read(value)).toMatchObject({ kind: 'poison', offset: 17 });
  });

  it('never throws, whatever the bytes are, and never takes them for a mark', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(`{"op":"c","after":${text}}`)),
      fc.tuple(fc.nat(400), fc.nat(255)).map(([at, byte]) => {
        const bytes = Buffer.from(golden('debezium-create'));
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
      fc.nat(700).map((length) => Buffer.from(golden('debezium-create')).subarray(0, length)),
    );
    fc.assert(
      fc.property(noise, (value) => {
        const entry = read(value);
        expect(['row', 'poison']).toContain(entry.kind);
        if (entry.kind === 'row')
          expect(() => JSON.parse(Buffer.from(entry.line).toString()) as unknown).not.toThrow();
      }),
      { seed: SEED, numRuns: 3_000, interruptAfterTimeLimit: 10_000 },
    );
  });
});
