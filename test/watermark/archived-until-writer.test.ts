import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { micros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { ArchivedUntilWriter } from '../../src/watermark/archived-until-writer.ts';

/** A row in Postgres that can be away, and a group whose commits the test sets. */
function harness() {
  const state = {
    row: 0,
    away: false,
    updates: [] as number[],
    committed: [null, null] as (number | null)[],
  };
  const events = new Events();
  const writer = new ArchivedUntilWriter({
    table: 'public.files',
    partitionCount: 2,
    readWritten: () => Promise.resolve(micros(state.row)),
    readCommitted: () => Promise.resolve(state.committed as (Micros | null)[]),
    advance: (to) => {
      if (state.away) return Promise.reject(new Error('postgres is away'));
      state.updates.push(to);
      state.row = to;
      return Promise.resolve();
    },
    events,
  });
  const noticed = new EventEmitter();
  events.on('watermark:moved', ({ to }) => noticed.emit('moved', to));
  events.on('watermark:waiting', () => noticed.emit('waiting'));
  return { state, writer, noticed };
}

describe('the writer of archived_until', () => {
  it('makes one UPDATE for a window, however often it is asked', async () => {
    const { state, writer } = harness();
    state.committed = [10, 10];
    for (let i = 0; i < 5; i++) writer.request();
    await writer.drain(AbortSignal.timeout(10_000));
    expect(state.updates).toEqual([10]);
  });

  it('makes no UPDATE while one partition lags behind', async () => {
    const { state, writer } = harness();
    state.committed = [10, null];
    writer.request();
    state.committed = [20, 0];
    writer.request();
    await writer.drain(AbortSignal.timeout(10_000));
    expect(state.updates).toEqual([]);
  });

  it('follows later, to the newest watermark, when Postgres was away', async () => {
    const { state, writer, noticed } = harness();
    state.away = true;
    state.committed = [10, 10];
    writer.request();
    await once(noticed, 'waiting');
    state.committed = [30, 20];
    state.away = false;
    const [to] = (await once(noticed, 'moved')) as [number];
    expect(to).toBe(20);
    expect(state.updates).toEqual([20]);
  });

  it('is at rest after a drain: a request that comes later asks nobody anything', async () => {
    const { state, writer } = harness();
    await writer.drain(AbortSignal.timeout(10_000));
    state.committed = [10, 10];
    writer.request();
    await writer.drain(AbortSignal.timeout(10_000));
    expect(state.updates).toEqual([]);
  });

  it('stops while Postgres is away', async () => {
    const { state, writer, noticed } = harness();
    state.away = true;
    state.committed = [10, 10];
    writer.request();
    await once(noticed, 'waiting');
    await writer.stop();
    expect(state.updates).toEqual([]);
  });
});
