import { expect, test } from 'vitest';
import { TidemarkError } from '../src/base/errors.ts';
import { Events } from '../src/base/event-map.ts';
import type { EventMap } from '../src/base/event-map.ts';
import { FilterKeeper, withFilters } from '../src/filter-keeper.ts';
import { parseMicros } from '../src/model/micros.ts';
import type { Micros } from '../src/model/micros.ts';
import type { WrittenFilter } from '../src/sinks/filter/write-filters.ts';

const at = (text: string): Micros => parseMicros(text)!;

/** A keeper of one table with windows of an hour; each write is answered by the test. */
function keep(options: { isAlone?: boolean } = {}) {
  const events = new Events();
  const failed: EventMap['filter:failed'][] = [];
  events.on('filter:failed', (event) => failed.push(event));
  const calls: { day: string; partition?: number; signal: AbortSignal }[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const keeper = new FilterKeeper({
    tables: [{ id: 'public.files', window: { sizeMicros: 3_600_000_000 } }],
    events,
    isAlone: options.isAlone ?? false,
    // eslint-disable-next-line require-yield -- what a filter is does not matter here
    write: async function* ({ day, partition, signal }): AsyncGenerator<WrittenFilter> {
      calls.push({ day, signal, ...(partition === undefined ? {} : { partition }) });
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        answers.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
  });
  const commit = (watermark: string, partition = 0) => {
    const ledger = { received: 1, archived: 1, duplicates: 0, rejected: 0 };
    const window = { start: (at(watermark) - 3_600_000_000) as Micros, end: at(watermark) };
    const place = { table: 'public.files', partition };
    events.emit('window:sealed', { ...place, window, kind: 'window', ledger, shards: [], durationMs: 1 });
    const open = { openWindows: 0, openRows: 0, lateRows: 0 };
    events.emit('partition:committed', { ...place, watermark: at(watermark), ...open });
  };
  const days = () => calls.map(({ day, partition }) => `${day} ${partition}`);
  /** Answers the write that is under way, and waits until what follows from it is done. */
  const answer = async (error?: Error) => {
    answers.shift()!(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { events, keeper, commit, days, answer, failed };
}

test('a day that is over gets its filter for the partition that is past it, one after another', async () => {
  const { commit, days, answer, keeper } = keep();
  commit('2026-11-23T05:00:00Z', 0);
  commit('2026-11-23T05:00:00Z', 1);
  expect(days()).toEqual([]);
  commit('2026-11-24T00:00:00Z', 0);
  commit('2026-11-24T00:00:00Z', 1);
  expect(days()).toEqual(['public.files/2026/11/23/ 0']);
  await answer();
  expect(days()).toEqual(['public.files/2026/11/23/ 0', 'public.files/2026/11/23/ 1']);
  await answer();
  await keeper.finish();
  expect(days()).toHaveLength(2);
});

test('a day that fails is told of, holds nothing up, and is tried again with the next day', async () => {
  const { commit, days, answer, failed, keeper } = keep();
  commit('2026-11-23T05:00:00Z');
  commit('2026-11-24T00:00:00Z');
  await answer(new TidemarkError('ERR_SINK_UNAVAILABLE', { detail: 'disk full', remedy: 'make room' }));
  expect(failed).toEqual([
    {
      table: 'public.files',
      day: '2026/11/23',
      reason: 'ERR_SINK_UNAVAILABLE: disk full',
      remedy: 'make room',
    },
  ]);
  commit('2026-11-24T01:00:00Z');
  expect(days()).toHaveLength(1);
  commit('2026-11-25T00:00:00Z');
  await answer();
  await answer();
  await keeper.finish();
  expect(days().slice(1)).toEqual(['public.files/2026/11/23/ 0', 'public.files/2026/11/24/ 0']);
});

test('an end is not held up by a filter under way, and is no failure of it', async () => {
  const { commit, days, failed, keeper } = keep();
  commit('2026-11-23T05:00:00Z');
  commit('2026-11-24T00:00:00Z');
  await keeper.close();
  expect(days()).toHaveLength(1);
  expect(failed).toEqual([]);
  commit('2026-11-25T00:00:00Z');
  expect(days()).toHaveLength(1);
});

test('a cycle that ends by itself waits for the filters of its days, of all partitions', async () => {
  const { commit, days, answer, events, keeper } = keep({ isAlone: true });
  let ended = false;
  const report = { window: { start: null, end: at('2026-11-24T00:00:00Z') }, archivedUntil: null };
  const stage = {
    run: () => {
      commit('2026-11-23T05:00:00Z', 3);
      events.emit('cycle:finished', {
        table: 'public.files',
        strategy: 'watermark',
        report: report as unknown as EventMap['cycle:finished']['report'],
      });
      return Promise.resolve();
    },
    drain: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const running = withFilters(stage, keeper)
    .run()
    .then(() => (ended = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(days()).toEqual(['public.files/2026/11/23/ undefined']);
  expect(ended).toBe(false);
  await answer();
  await running;
});
