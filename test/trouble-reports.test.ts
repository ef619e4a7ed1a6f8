import { describe, expect, it } from 'vitest';
import { Events } from '../src/base/event-map.ts';
import { TidemarkError } from '../src/base/errors.ts';
import { troubleOf } from '../src/base/trouble.ts';
import type { OutgoingMessage } from '../src/log/outgoing.ts';
import { MICROS_PER_SECOND } from '../src/model/micros.ts';
import type { Micros } from '../src/model/micros.ts';
import { TroubleReports } from '../src/trouble-reports.ts';
import { eventProblems } from './support/event-schemas.ts';

const place = { table: 'public.files', partition: 1 };
const full = new TidemarkError('ERR_SINK_UNAVAILABLE', { detail: 'no space left on device' });
const refused = new TidemarkError('ERR_LEDGER_UNBALANCED', { detail: 'gathered 3, received 2' });

function rig(publish: (message: OutgoingMessage) => Promise<void> = () => Promise.resolve()) {
  const events = new Events();
  const told: OutgoingMessage[] = [];
  const warnings: string[] = [];
  events.on('kafka:warned', ({ message }) => warnings.push(message));
  let now = 0;
  const reports = new TroubleReports({
    ...{ name: 't', events, clock: { now: () => (now * MICROS_PER_SECOND) as Micros } },
    publisher: {
      publish: async (message) => {
        await publish(message);
        told.push(message);
      },
      close: () => Promise.resolve(),
    },
  });
  const fail = (error: unknown, isFinal = false) =>
    events.emit('partition:troubled', { ...place, trouble: troubleOf(error, { isFinal }) });
  const commit = () =>
    events.emit('partition:committed', {
      ...place,
      watermark: 0 as Micros,
      openWindows: 0,
      openRows: 0,
      lateRows: 0,
    });
  return { events, reports, told, warnings, fail, commit, wait: (seconds: number) => (now += seconds) };
}

/** Until everything that was begun has ended: the publisher here waits for nothing. */
const settled = () => new Promise(setImmediate);

function read(
  message: OutgoingMessage | undefined,
): { data: Record<string, unknown> } & Record<string, unknown> {
  return JSON.parse(message!.value) as ReturnType<typeof read>;
}

describe('a trouble', () => {
  it('is told under the key of its partition, with what mends it, as the schema of the events says', async () => {
    const { reports, told, fail } = rig();
    fail(full);
    await reports.close();
    expect(told).toMatchObject([{ topic: 't.shards', key: 'public.files/1' }]);
    expect(read(told[0])).toMatchObject({
      type: 'tidemark.partition.failed.v1',
      data: { ...place, code: 'ERR_SINK_UNAVAILABLE', detail: 'no space left on device', isFinal: false },
    });
    expect(read(told[0]).data['remedy']).toContain('Make room');
    expect(eventProblems(read(told[0]), 'writer')).toEqual([]);
  });

  it('that lasts is told again each half minute, one that changes at once', async () => {
    const { reports, told, fail, wait } = rig();
    for (const seconds of [0, 29, 1]) {
      wait(seconds);
      fail(full);
      await settled();
    }
    fail(refused, true);
    await reports.close();
    expect(told.map((message) => read(message).data['code'])).toEqual([
      ...['ERR_SINK_UNAVAILABLE', 'ERR_SINK_UNAVAILABLE', 'ERR_LEDGER_UNBALANCED'],
    ]);
  });

  it('that comes back after a commit is a new one', async () => {
    const { reports, told, fail, commit } = rig();
    fail(full);
    await settled();
    commit();
    fail(full);
    await reports.close();
    expect(told.length).toBe(2);
  });

  it('of an error that is in no catalogue is told in its words', () => {
    expect(troubleOf(new Error('odd'), { isFinal: true })).toMatchObject({
      code: null,
      detail: 'odd',
      isFinal: true,
    });
  });

  it('that cannot be told is a warning, and is told again as soon as it shows again', async () => {
    let away = true;
    const { reports, told, warnings, fail } = rig(() =>
      away ? Promise.reject(new Error('no broker')) : Promise.resolve(),
    );
    fail(full);
    await settled();
    expect(warnings).toMatchObject([expect.stringContaining('no broker')]);
    away = false;
    fail(full);
    await reports.close();
    expect(told.length).toBe(1);
  });

  it('gives way to a newer one of its partition while none can be told', async () => {
    const held: (() => void)[] = [];
    const { reports, told, fail } = rig(() => new Promise((resolve) => held.push(resolve)));
    fail(full);
    for (let i = 0; i < 50; i++) fail(new Error(`try ${i}`));
    await settled();
    held.shift()!();
    await settled();
    held.shift()!();
    await reports.close();
    expect(told.map((message) => read(message).data['detail'])).toEqual([
      'no space left on device',
      'try 49',
    ]);
  });
});
