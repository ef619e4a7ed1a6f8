import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import { localToUtc } from '../../src/model/time-zone.ts';
import { SEED } from '../support/seed.ts';
import { services } from '../support/services/services.ts';

/** Half hours, quarter hours, changes a minute after midnight, a day left out, winter time that is the exception. */
const ZONES = [
  ...['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'],
  ...['Pacific/Apia', 'Europe/Dublin', 'Asia/Kolkata', 'America/Sao_Paulo', 'Pacific/Chatham'],
];

/** From when on zones had whole minutes, to what both time zone databases know alike. */
const [FIRST, LAST] = [Date.UTC(1973, 0, 1) * 1_000, Date.UTC(2022, 0, 1) * 1_000];
const QUARTER_HOUR = 900_000_000;

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: (await services()).postgresUrl });
  await client.connect();
});
afterAll(() => client.end());

/** Wall times as Postgres reads them in the zone. */
async function byPostgres(zone: string, locals: readonly number[]): Promise<number[]> {
  const found = await client.query<{ utc: string }>(
    `SELECT (extract(epoch FROM (timestamp '1970-01-01' + t * interval '1 microsecond') AT TIME ZONE $1) * 1000000)::bigint AS utc
       FROM unnest($2::bigint[]) WITH ORDINALITY AS u(t, i) ORDER BY i`,
    [zone, locals],
  );
  return found.rows.map(({ utc }) => Number(utc));
}

/** The wall times at the beginning of the days on which the zone changes its offset. */
async function daysOfChange(zone: string): Promise<number[]> {
  const found = await client.query<{ local: string }>(
    `SELECT (extract(epoch FROM d AT TIME ZONE $1) * 1000000)::bigint AS local
       FROM generate_series(timestamptz '1973-01-01', '2022-01-01', interval '1 day') d
      WHERE (d AT TIME ZONE $1) - (d AT TIME ZONE 'UTC') <> ((d + interval '1 day') AT TIME ZONE $1) - ((d + interval '1 day') AT TIME ZONE 'UTC')`,
    [zone],
  );
  return found.rows.map(({ local }) => Number(local));
}

describe('wall times of a zone', () => {
  it.each(ZONES)('%s are the times that Postgres makes of them, at any time', async (zone) => {
    const toUtc = localToUtc(zone);
    const anyTime = fc.integer({ min: FIRST, max: LAST });
    const locals = fc.sample(anyTime, { seed: SEED, numRuns: 500 });
    expect(locals.map((local) => toUtc(local as Micros))).toEqual(await byPostgres(zone, locals));
  });

  it.each(ZONES)('%s are the same around each change of its offset', async (zone) => {
    const toUtc = localToUtc(zone);
    const days = await daysOfChange(zone);
    // Five minutes apart, a minute and a microsecond beside: what changes a minute past midnight is seen too.
    const locals = days
      .filter((_, i) => i % 7 === 0)
      .flatMap((day) => Array.from({ length: 360 }, (_, i) => day + (i - 30) * 300_000_000))
      .flatMap((local) => [local, local - 1, local + 60_000_000]);
    expect(locals.map((local) => toUtc(local as Micros))).toEqual(await byPostgres(zone, locals));
  });

  it('keep their microseconds and their order within a quarter of an hour without a change', () => {
    const toUtc = localToUtc('Asia/Kathmandu');
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), fc.nat(QUARTER_HOUR - 1), (any, more) => {
        const start = (any - (any % QUARTER_HOUR)) as Micros;
        expect(toUtc((start + more) as Micros) - toUtc(start)).toBe(more);
      }),
      { seed: SEED },
    );
  });

  it('of UTC are what they are', () => {
    for (const zone of [null, 'UTC']) expect(localToUtc(zone)(-1 as Micros)).toBe(-1);
  });

  it('of a zone that does not exist are refused', () => {
    expect(() => localToUtc('Europe/Atlantis')).toThrow(RangeError);
  });
});
