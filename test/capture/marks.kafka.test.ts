import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventMap } from '../../src/base/event-map.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { services } from '../support/services/services.ts';

let rig: CaptureRig;
let other: pg.Client;
let capture: StartedCapture;

afterEach(async () => {
  await other.end();
  await capture.stage.drain();
  await rig.close();
});

/** A capture that streams, and a second session that can hold a transaction open. */
async function begin(marks: { holdbackMaxMs?: number; ignoreApplications?: string[] }, application: string) {
  rig = await CaptureRig.create({ services: await services(), marks: { intervalMs: 20, ...marks } });
  capture = startCapture(rig.setup);
  await next('mark:sent', () => true);
  other = new pg.Client({ connectionString: rig.setup.postgresUrl, application_name: application });
  await other.connect();
}

function next<N extends 'mark:sent' | 'mark:emitted' | 'mark:held-back'>(
  name: N,
  fits: (event: EventMap[N]) => boolean,
): Promise<EventMap[N]> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, (event) => {
      if (!fits(event)) return;
      off();
      resolve(event);
    });
  });
}

/** Opens a transaction in the other session. */
async function open(): Promise<{ pid: number; startedAt: number }> {
  await other.query('BEGIN');
  const found = await other.query<{ pid: number; started: string }>(
    `SELECT pg_backend_pid() AS pid, (extract(epoch FROM now()) * 1000000)::bigint AS started`,
  );
  const { pid, started } = found.rows[0]!;
  return { pid, startedAt: Number(started) };
}

describe('an open transaction', () => {
  it('holds T below its start as long as it is younger than holdbackMax', async () => {
    await begin({}, 'shop');
    const { startedAt } = await open();
    const clocks: number[] = [];
    await next('mark:emitted', ({ time, clock }) => {
      if (clock > startedAt) clocks.push(clock);
      expect(time).toBeLessThan(startedAt);
      return clocks.length === 10;
    });
    await other.query('COMMIT');
    await next('mark:emitted', ({ time }) => time > startedAt);
  });

  it('that is older than holdbackMax is named with its pid, and T goes on without it', async () => {
    await begin({ holdbackMaxMs: 300 }, 'shop');
    const named = next('mark:held-back', () => true);
    const { pid, startedAt } = await open();
    expect(await named).toMatchObject({ pid });
    expect((await named).ageMs).toBeGreaterThan(300);
    await next('mark:sent', ({ time }) => time > startedAt);
  });

  it('of an application in ignoreApplications holds nothing back', async () => {
    await begin({ ignoreApplications: ['nightly report'] }, 'nightly report');
    const { startedAt } = await open();
    await next('mark:sent', ({ time }) => time > startedAt);
  });
});
