import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { BEFORE_ALL } from '../../src/client/position.ts';
import type { StreamPosition } from '../../src/client/position.ts';
import { readStreamStart } from '../../src/client/stream-start.ts';
import type { StreamBeginning } from '../../src/client/subscriber-options.ts';

const NOON = '2026-11-23T12:00:00Z';
const NOON_MICROS = Date.parse(NOON) * 1_000;
const HOUR_MS = 3_600_000;

interface Log {
  readonly low: number;
  readonly high: number;
  /** What Kafka finds for a time, in milliseconds. */
  readonly since?: (timeMs: number) => number;
  readonly committed?: { readonly offset: string; readonly metadata: string };
}

/** As much of an admin client as is asked: what a log holds and what a group has committed. */
function adminOf({ low, high, since = () => high, committed = { offset: '-1', metadata: '' } }: Log): Admin {
  const place = { partition: 0, offset: String(high), low: String(low), high: String(high) };
  return {
    fetchTopicOffsets: () => Promise.resolve([place]),
    fetchTopicOffsetsByTimestamp: (_: string, timeMs: number) =>
      Promise.resolve([{ partition: 0, offset: String(since(timeMs)) }]),
    fetchOffsets: () => Promise.resolve([{ topic: 't', partitions: [{ partition: 0, ...committed }] }]),
  } as unknown as Admin;
}

async function start(
  log: Log,
  options: { readonly from?: StreamBeginning; readonly stored?: string | null } = {},
): Promise<{ readonly position: StreamPosition; readonly committed: StreamPosition[] }> {
  const committed: StreamPosition[] = [];
  const position = await readStreamStart(
    { admin: adminOf(log), groupId: 'g.shards', topic: 't', partition: 0 },
    {
      from: options.from ?? 'now',
      resumeAfter: () => options.stored ?? null,
      commit: (first) => Promise.resolve(void committed.push(first)),
    },
  );
  return { position, committed };
}

const at = (offset: number, floor: number | null = null) => ({
  needed: offset,
  next: offset,
  done: 0,
  floor,
});

describe('a stream without a position', () => {
  it('commits where it begins before anything is delivered: `now` is no later one after a crash', async () => {
    const { position, committed } = await start({ low: 0, high: 7 });
    expect(position).toEqual(at(7));
    expect(committed).toEqual([position]);
  });

  it.each([
    [0, BEFORE_ALL],
    [3, null],
  ])('from the beginning, at offset %i, knows whether it has seen all', async (low, floor) => {
    expect((await start({ low, high: 7 }, { from: 'beginning' })).position).toEqual(at(low, floor));
  });

  it('from a time begins with what was told at that time', async () => {
    const log = { low: 2, high: 7, since: (timeMs: number) => (timeMs === Date.parse(NOON) ? 5 : 2) };
    expect((await start(log, { from: { time: new Date(NOON) } })).position).toEqual(at(5));
  });

  it('from a window begins to read before it, for clocks that differ, and wants what ends after it', async () => {
    const log = {
      low: 2,
      high: 7,
      since: (timeMs: number) => (timeMs === Date.parse(NOON) - HOUR_MS ? 4 : 2),
    };
    expect((await start(log, { from: { window: NOON } })).position).toEqual(at(4, NOON_MICROS));
  });

  it('refuses to begin at a time of which events may be gone', async () => {
    const log = { low: 2, high: 7, since: () => 2 };
    await expect(start(log, { from: { window: NOON } })).rejects.toMatchObject({
      code: 'ERR_LOG_TRUNCATED',
      remedy: expect.stringContaining('listManifests') as string,
    });
  });

  it('refuses a time that is none', async () => {
    await expect(start({ low: 0, high: 7 }, { from: { time: 'noon' } })).rejects.toMatchObject({
      code: 'ERR_CLIENT_OPTION',
    });
  });
});

describe('a stream with a position', () => {
  const committed = { offset: '3', metadata: '1:3:5:1:-' };
  const position = { needed: 3, next: 5, done: 1, floor: null };

  it('goes on there, and commits nothing for that', async () => {
    expect(await start({ low: 0, high: 7, committed })).toEqual({ position, committed: [] });
  });

  it('goes on where its subscriber says rather than where its group does', async () => {
    const stored = '1:4:6:0:12';
    expect((await start({ low: 0, high: 7, committed }, { stored })).position).toEqual({
      ...{ needed: 4, next: 6, done: 0, floor: 12 },
    });
  });

  it('takes an offset that somebody has set by hand', async () => {
    const log = { low: 0, high: 7, committed: { offset: '2', metadata: '' } };
    expect((await start(log)).position).toEqual(at(2));
  });

  it.each(['offset=3', '1:4:5:0:-'])('is refused when %j stands beside it', async (metadata) => {
    await expect(start({ low: 0, high: 7, committed: { offset: '3', metadata } })).rejects.toMatchObject({
      code: 'ERR_METADATA_INVALID',
    });
  });

  it.each([
    [4, 7],
    [0, 2],
  ])('is refused when the log holds only %i to %i', async (low, high) => {
    await expect(start({ low, high, committed })).rejects.toMatchObject({ code: 'ERR_LOG_TRUNCATED' });
  });

  it('is refused when what the subscriber has stored is none', async () => {
    await expect(start({ low: 0, high: 7 }, { stored: 'x' })).rejects.toMatchObject({
      code: 'ERR_CLIENT_OPTION',
    });
  });
});
