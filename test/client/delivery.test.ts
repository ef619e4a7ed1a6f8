import { setImmediate as turn } from 'node:timers/promises';
import { concatMap, from, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/client/delivery.ts';
import { eachEvent } from '../../src/client/fold.ts';
import { HandOver } from '../../src/client/hand-over.ts';
import { BEFORE_ALL, decodePosition } from '../../src/client/position.ts';
import type { StreamPosition } from '../../src/client/position.ts';
import { StreamPartition } from '../../src/client/stream-partition.ts';
import type { EventOf } from '../../src/log/event-contract.ts';
import type { PulledBatch } from '../../src/log/partition-handler.ts';
import { adjusted, advanced } from './told.ts';

type Advanced = EventOf<'tidemark.watermark.advanced.v1'>;

/** A partition whose commits are held until the test lets them go, or fail. */
async function rig(options: { unacknowledgedMax?: number; holdsCommits?: boolean; start?: string } = {}) {
  const handOver = new HandOver<Delivery<Advanced>>({ outMax: options.unacknowledgedMax ?? 1 });
  const committed: StreamPosition[] = [];
  const held: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const warnings: string[] = [];
  const failures: unknown[] = [];
  const start = decodePosition(options.start ?? `1:0:0:0:${BEFORE_ALL}`)!;
  const partition = new StreamPartition<Advanced>({
    ...{ what: 't.shards', handOver, readStart: () => Promise.resolve(start) },
    createFold: ({ floor }) =>
      eachEvent((event): event is Advanced => event.type === 'tidemark.watermark.advanced.v1', floor),
    commit: async (position) => {
      if (options.holdsCommits === true)
        await new Promise<void>((resolve, reject) => held.push({ resolve, reject }));
      committed.push(position);
    },
    fail: (error) => failures.push(error),
    onWarning: (text) => warnings.push(text),
  });
  await partition.start();
  const take = async (): Promise<Delivery<Advanced>> => (await handOver.take())!;
  return { handOver, partition, committed, held, warnings, failures, take };
}

/** Deliveries of the watermarks, and at the place of each null an event that gives none. */
function batch(watermarks: readonly (number | null | string)[], first = 0): PulledBatch {
  const valueOf = (watermark: number | null | string): string => {
    if (typeof watermark === 'string') return watermark;
    if (watermark === null) return JSON.stringify(adjusted({ partition: 0, from: 1, watermark: 0 }));
    return JSON.stringify(advanced({ partition: 0, watermark }));
  };
  const messages = watermarks.map((watermark, index) => ({
    offset: String(first + index),
    value: Buffer.from(valueOf(watermark)),
  }));
  return { messages: messages as unknown as PulledBatch['messages'] };
}

const nextOf = (positions: readonly StreamPosition[]) => positions.map(({ next }) => next);

describe('a delivery', () => {
  it('is followed by the next one only when it is done', async () => {
    const { partition, take, committed } = await rig();
    const consumed = partition.consume(batch([1, 2]));
    const first = await take();
    let hasSecond = false;
    const second = take().then((delivery) => {
      hasSecond = true;
      return delivery;
    });
    await turn();
    expect(hasSecond).toBe(false);
    await first.done();
    await (await second).done();
    await consumed;
    expect(nextOf(committed)).toEqual([1, 2]);
  });

  it('is done when that is committed, once, however often it is said', async () => {
    const { partition, take, committed, held } = await rig({ holdsCommits: true });
    void partition.consume(batch([1]));
    const delivery = await take();
    let isDone = false;
    const done = Promise.all([delivery.done(), delivery.done()]).then(() => (isDone = true));
    await turn();
    expect(isDone).toBe(false);
    held.shift()!.resolve();
    await done;
    expect(nextOf(committed)).toEqual([1]);
  });

  it('that is done before an older one is committed with it, and makes no room before that', async () => {
    const { partition, take, committed } = await rig({ unacknowledgedMax: 2 });
    const consumed = partition.consume(batch([1, 2, 3]));
    const [first, second] = [await take(), await take()];
    let hasThird = false;
    const third = take().then((delivery) => {
      hasThird = true;
      return delivery;
    });
    const isSecondDone = second.done();
    await turn();
    expect([hasThird, committed]).toEqual([false, []]);
    await first.done();
    await isSecondDone;
    expect(nextOf(committed)).toEqual([2]);
    await (await third).done();
    await consumed;
  });

  it('that becomes done while a commit is under way is one commit with all others that do', async () => {
    const { partition, take, committed, held } = await rig({ unacknowledgedMax: 9, holdsCommits: true });
    await Promise.all([partition.consume(batch([1, 2, 3, 4])), allDone()]);
    expect(nextOf(committed)).toEqual([1, 4]);

    async function allDone(): Promise<void> {
      const deliveries = [await take(), await take(), await take(), await take()];
      const done = Promise.all(deliveries.map((delivery) => delivery.done()));
      held.shift()!.resolve();
      await turn();
      held.shift()!.resolve();
      await done;
    }
  });

  it('of a partition that went to another says so when it is done, and makes room for what comes then', async () => {
    const { partition, take, committed } = await rig();
    void partition.consume(batch([1, 2]));
    const lost = await take();
    await partition.revoke();
    await expect(lost.done()).rejects.toMatchObject({ code: 'ERR_FENCED' });
    await partition.start();
    void partition.consume(batch([1]));
    await (await take()).done();
    expect(nextOf(committed)).toEqual([1]);
  });
});

describe('events that give no delivery', () => {
  it('move the position behind the delivery before them', async () => {
    const { partition, take, committed } = await rig();
    const consumed = partition.consume(batch([null, 1, null, null]));
    const delivery = await take();
    await consumed;
    await delivery.done();
    expect(nextOf(committed)).toEqual([1, 4]);
  });

  it('are passed over when they are none of ours; what only says that it is one is told', async () => {
    const { partition, warnings, committed } = await rig();
    const broken = JSON.stringify({ type: 'tidemark.watermark.advanced.v1', data: {} });
    await partition.consume(batch(['no JSON', 'null', '{"type":"tidemark.new.v9"}', broken]));
    await partition.drain();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('offset 3: a message of type tidemark.watermark.advanced.v1 is none');
    expect(nextOf(committed).at(-1)).toBe(4);
  });
});

describe('a stream that begins within the deliveries of an event', () => {
  it('passes over those that are done', async () => {
    const { partition, take } = await rig({ start: '1:0:2:1:-' });
    void partition.consume(batch([1, 2, 3, 4]));
    expect((await take()).value.data.watermark).toBe('1970-01-01T00:00:04.000000Z');
  });
});

describe('a commit', () => {
  it('that cannot succeed ends the stream, and the delivery says so', async () => {
    const { partition, take, held, failures } = await rig({ holdsCommits: true });
    void partition.consume(batch([1]));
    const done = (await take()).done();
    held.shift()!.reject(Object.assign(new Error('refused'), { type: 'GROUP_AUTHORIZATION_FAILED' }));
    await expect(done).rejects.toThrow('refused');
    expect(failures).toMatchObject([{ message: 'refused' }]);
  });

  it('is tried again while the group joins anew', async () => {
    const { partition, take, held, failures, committed } = await rig({ holdsCommits: true });
    void partition.consume(batch([1]));
    const done = (await take()).done();
    held.shift()!.reject(Object.assign(new Error('rebalancing'), { type: 'REBALANCE_IN_PROGRESS' }));
    while (held.length === 0) await turn();
    held.shift()!.resolve();
    await done;
    expect([nextOf(committed), failures]).toEqual([[1], []]);
  });
});

describe('an iterator of deliveries as an observable', () => {
  it('holds no more than may be out', async () => {
    const { partition, handOver } = await rig();
    void partition.consume(batch([1, 2, 3]));
    let [out, mostOut] = [0, 0];
    async function* pulled() {
      for (let delivery = await handOver.take(); delivery !== undefined; delivery = await handOver.take()) {
        mostOut = Math.max(mostOut, ++out);
        yield delivery;
      }
    }
    const seen$ = from(pulled()).pipe(
      concatMap(async ({ value, done }) => {
        await turn();
        out--;
        await done();
        return value.data.watermark;
      }),
      take(3),
      toArray(),
    );
    const seen = await new Promise<string[]>((resolve, reject) =>
      seen$.subscribe({ next: resolve, error: reject }),
    );
    expect([seen.length, mostOut]).toEqual([3, 1]);
    await partition.revoke();
    handOver.end();
  });
});

describe('the end of a hand-over', () => {
  it('is told to who waits and to who comes later, with what went wrong', async () => {
    const handOver = new HandOver<number>({ outMax: 1 });
    const waiting = handOver.take();
    handOver.end({ error: new Error('gone') });
    await expect(waiting).rejects.toThrow('gone');
    await expect(handOver.take()).rejects.toThrow('gone');
    const aborted = new AbortController();
    const offered = handOver.offer(1, aborted.signal);
    aborted.abort(new Error('no more'));
    await expect(offered).rejects.toThrow('no more');
  });
});
