import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ArchivePartition } from '../src/archive-partition.ts';
import { Events } from '../src/base/event-map.ts';
import { TablePauses } from '../src/base/table-pauses.ts';
import type { Micros } from '../src/model/micros.ts';
import { offset } from '../src/model/offset.ts';
import type { PartitionWorker } from '../src/watermark/partition-worker.ts';

const TABLE = 'public.files';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function rig() {
  const events = new Events();
  const told: string[] = [];
  events.on('partition:troubled', ({ trouble }) => told.push(`${trouble.code} ${trouble.isFinal}`));
  events.on('table:paused', ({ table }) => told.push(`paused ${table}`));
  events.on('table:resumed', ({ table }) => told.push(`resumed ${table}`));
  const done: string[] = [];
  const note = (what: string) => () => {
    done.push(what);
    return Promise.resolve();
  };
  const pauses = new TablePauses({ events, clock: { now: () => 7 as Micros } });
  const worker = {
    ...{ start: () => Promise.resolve(offset(0)), consume: note('consumed'), revoke: note('revoked') },
    drain: note('drained'),
  } as unknown as PartitionWorker;
  const decode = () => {
    throw new Error('there is nothing to decode');
  };
  const place = { table: TABLE, partition: 0, sessionTimeoutMs: 1_000 };
  const partition = new ArchivePartition({ ...place, worker, decode, pauses, events });
  return { partition, pauses, told, done };
}

/** Lets everything that was begun come as far as it can. */
const settle = () => vi.advanceTimersByTimeAsync(0);

it('waits with its next batch while its table is paused, and takes it when the table goes on', async () => {
  const { partition, pauses, told, done } = rig();
  pauses.pause(TABLE);
  pauses.pause(TABLE);
  expect([...pauses.since]).toEqual([[TABLE, 7]]);
  const consumed = partition.consume({ messages: [] });
  await settle();
  expect(done).toEqual([]);
  pauses.resume(TABLE);
  await consumed;
  expect(done).toEqual(['consumed']);
  expect(told).toEqual([`paused ${TABLE}`, 'ERR_TABLE_PAUSED false', `resumed ${TABLE}`]);
});

it('goes on by nothing but that: another table, or time, which only tells it again', async () => {
  const { partition, pauses, told, done } = rig();
  pauses.pause(TABLE);
  void partition.consume({ messages: [] });
  pauses.resume('public.other');
  await vi.advanceTimersByTimeAsync(90_000);
  expect(done).toEqual([]);
  expect(told.filter((text) => text.startsWith('ERR'))).toHaveLength(4);
});

it.each(['drain', 'revoke'] as const)(
  'leaves the batch to the next owner when it must %s meanwhile',
  async (end) => {
    const { partition, pauses, done } = rig();
    pauses.pause(TABLE);
    const consumed = partition.consume({ messages: [] });
    await settle();
    await partition[end]();
    await consumed;
    expect(done).toEqual([end === 'drain' ? 'drained' : 'revoked']);
    expect(vi.getTimerCount()).toBe(0);
  },
);
