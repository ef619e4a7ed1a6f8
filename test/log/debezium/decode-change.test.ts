import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBeat, decodeChange } from '../../../src/log/debezium/decode-change.ts';
import type { Change } from '../../../src/log/debezium/decode-change.ts';
import { decodeRecord } from '../../../src/log/decode-record.ts';
import { recordEncoder } from '../../../src/log/encode-record.ts';
import type { ColumnNames } from '../../../src/model/table.ts';
import { parseMicros } from '../../../src/model/micros.ts';

const COLUMNS = { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null };
const PLACE = { topic: 'app.public.files', partition: 3 };
const OPTIONS = { table: 'public.files', columns: COLUMNS, createdAtZone: null };

const message = (value: string | Buffer | null) => ({
  value: typeof value === 'string' ? Buffer.from(value) : value,
  offset: '41',
});
const read = (value: object | string | null, columns: ColumnNames = COLUMNS): Change =>
  decodeChange({ ...OPTIONS, columns })(
    message(typeof value === 'string' || value === null ? value : JSON.stringify(value)),
    PLACE,
  );
const golden = (name: string): string =>
  readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8');

const SOURCE = { ts_ms: 1795695370996, ts_us: 1795695370996507, lsn: 28869528, txId: 764, snapshot: 'false' };
const record = (op: string, after: object | null, source: object = SOURCE, more: object = {}): object => ({
  before: null,
  after,
  source: { version: '3.6.1.Final', ...source },
  transaction: null,
  op,
  ts_ms: 1795695371784,
  ts_us: 1795695371784644,
  ...more,
});
const AFTER = { uid: 'u-1', created_at: '2026-11-26T12:16:10.994070Z', price: 'fQ==', d: 20783 };

describe('a record of the connector', () => {
  it('becomes what our own capture sends, its row to the letter, its key from the columns of the uid', () => {
    const { row, createdAt, note } = read(record('c', { ...AFTER, uid: 'u-é"1' })) as Change & {
      kind: 'row';
    };
    expect(row).toEqual({
      ...{ table: 'public.files', op: 'c', keyJson: '{"uid":"u-é\\"1"}', lsn: 28869528n, txId: 764 },
      ...{ afterJson: JSON.stringify({ ...AFTER, uid: 'u-é"1' }), committedAt: 1795695370996507 },
    });
    expect(createdAt).toBe(parseMicros(AFTER.created_at));
    expect(note).toEqual({ kind: 'streamed', committedAt: 1795695370996507, sentAt: 1795695371784644 });
  });

  it('has the key of several columns, numbers and NULL among them, as they stand', () => {
    const columns = { ...COLUMNS, uid: ['b', 'a', 'c'] };
    const text = JSON.stringify(record('c', AFTER)).replace(
      '"uid":"u-1"',
      '"a":9007199254740993,"b":null,"c":"x"',
    );
    expect((read(text, columns) as Change & { kind: 'row' }).row.keyJson).toBe(
      '{"b":null,"a":9007199254740993,"c":"x"}',
    );
  });

  it.each([
    ['u', 'update'],
    ['d', 'delete'],
    ['t', 'truncate'],
    ['m', 'message'],
  ])('of op %s is passed over, and says how far the connector has come', (op, reason) => {
    expect(read(record(op, op === 'u' ? AFTER : null))).toMatchObject({
      kind: 'passed',
      reason,
      note: { kind: 'streamed' },
    });
  });

  it('may be a tombstone, which says nothing', () => {
    expect(read(null)).toEqual({ kind: 'passed', reason: 'tombstone', note: null });
  });

  it.each([
    ['first', false],
    ['true', false],
    ['last_in_data_collection', true],
    ['last', true],
  ])('of a snapshot (%s) is as old for the gate as it says', (snapshot, isLast) => {
    const change = read(record('r', AFTER, { ...SOURCE, snapshot })) as Change & { kind: 'row' };
    expect(change.note).toMatchObject({ kind: 'snapshot', takenAt: SOURCE.ts_us, isLast });
    expect(change.row).toMatchObject({ op: 'r', committedAt: parseMicros(AFTER.created_at) });
  });

  it('of an incremental snapshot says nothing of how far the connector has come', () => {
    expect(read(record('r', AFTER, { ...SOURCE, snapshot: 'incremental' }))).toMatchObject({
      kind: 'row',
      note: null,
    });
  });

  it('of an older Debezium has milliseconds only', () => {
    const source = { ...SOURCE, ts_us: undefined };
    expect(read(record('c', AFTER, source, { ts_us: undefined }))).toMatchObject({
      note: { committedAt: 1795695370996000, sentAt: 1795695371784000 },
    });
  });
});

describe('a created_at', () => {
  const envelope = (name: string, created_at: unknown): object => ({
    schema: { fields: [{ field: 'after', fields: [{ field: 'created_at', name }] }] },
    payload: record('c', { ...AFTER, created_at, big: 1 }),
  });
  const roundTrip = (value: object): unknown => {
    const { row, createdAt } = read(value) as Change & { kind: 'row' };
    const written = Buffer.from(recordEncoder()(row));
    const entry = decodeRecord({ columns: COLUMNS, createdAtZone: null })({
      ...{ key: null, value: written, offset: '1', timestamp: '0' },
    });
    expect(entry).toMatchObject({ kind: 'row', createdAt });
    return createdAt;
  };

  it.each([
    ['io.debezium.time.Timestamp', 1795412237123, 1795412237123000],
    ['org.apache.kafka.connect.data.Timestamp', 1795412237123, 1795412237123000],
    ['io.debezium.time.MicroTimestamp', 1795412237123456, 1795412237123456],
    ['io.debezium.time.ZonedTimestamp', '2026-11-23T05:37:17.123456Z', 1795412237123456],
    ['io.debezium.time.IsoTimestamp', '2026-11-23T05:37:17.123456Z', 1795412237123456],
  ])('of %s is read the same behind our log, which has no schemas', (name, value, micros) => {
    expect(roundTrip(envelope(name, value))).toBe(micros);
  });

  it('in nanoseconds, more than a number holds in JavaScript, loses none of its microseconds', () => {
    const text = JSON.stringify(envelope('io.debezium.time.NanoTimestamp', 0)).replace(
      '"created_at":0',
      '"created_at":1795412237123456789',
    );
    const { row } = read(text) as Change & { kind: 'row' };
    expect(row.afterJson).toContain('"created_at":1795412237123456,"price"');
  });

  it.each([
    [1795412237123, 'counts milliseconds'],
    [1795412237123456000, 'counts nanoseconds'],
  ])('of %s without a schema stops the reading: it %s', (created_at, what) => {
    expect(() => read(record('c', { ...AFTER, created_at }))).toThrow(what);
  });

  it('in microseconds needs no schema, and neither does one of 1970 where the server says so', () => {
    expect(roundTrip(record('c', { ...AFTER, created_at: 1795412237123456 }))).toBe(1795412237123456);
    expect(
      roundTrip(record('c', { ...AFTER, created_at: 1795412237123 }, { ...SOURCE, ts_us: 1795412237999 })),
    ).toBe(1795412237123);
  });

  it('that is NULL is left to the archive, which rejects the row', () => {
    expect(read(record('c', { ...AFTER, created_at: null }))).toMatchObject({ kind: 'row', createdAt: null });
  });
});

describe('what the connector does not write with the settings that are needed', () => {
  it.each([
    ['Avro', Buffer.from([0, 0, 0, 0, 7, 0xff]), 'not UTF-8'],
    ['text', 'hello', 'no JSON object'],
    ['half a record', '{"op":"c","after":{"uid":1', 'no JSON object'],
    ['an unwrapped row', JSON.stringify(AFTER), 'no op'],
    ['another op', JSON.stringify(record('x', AFTER)), 'none of c, r'],
    ['an insert without a row', JSON.stringify(record('c', null)), 'after is no object'],
    ['no source', JSON.stringify({ op: 'c', after: AFTER }), 'source has no ts_ms'],
  ])('(%s) stops the reading with its place and without its values', (_, value, what) => {
    const decode = () => decodeChange(OPTIONS)(message(value), PLACE);
    expect(decode).toThrow(expect.objectContaining({ code: 'ERR_DEBEZIUM_RECORD' }) as Error);
    expect(decode).toThrow(`app.public.files/3, offset 41: `);
    expect(decode).toThrow(what);
    expect(decode).not.toThrow(AFTER.price);
  });
});

describe('a topic of heartbeats', () => {
  const beat = (value: object | null) =>
    decodeBeat(message(value === null ? null : JSON.stringify(value)), PLACE);

  it('is read as Debezium writes it, with and without a schema', () => {
    const heartbeat = { kind: 'heartbeat', sentAt: 1795695364249000 };
    expect(beat({ ts_ms: 1795695364249 })).toEqual(heartbeat);
    expect(beat({ schema: {}, payload: { ts_ms: 1795695364249 } })).toEqual(heartbeat);
  });

  it('may hold messages and rows, whose commit says how far the connector has come', () => {
    expect(beat(record('m', null))).toMatchObject({ kind: 'streamed', committedAt: SOURCE.ts_us });
    expect(beat(record('u', AFTER))).toMatchObject({ kind: 'streamed', committedAt: SOURCE.ts_us });
    expect(beat(null)).toBeNull();
  });

  it('that says no time stops the reading', () => {
    expect(() => beat({ hello: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_DEBEZIUM_RECORD' }) as Error,
    );
  });
});

describe('records that the connector wrote (test/golden)', () => {
  it.each(['debezium-create', 'debezium-snapshot-with-schema'])('%s', (name) => {
    expect(read(golden(name))).toMatchObject({ kind: 'row' });
  });
});
