import { afterEach, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import { CaptureRig, endOf, spawnCapture, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { services } from '../support/services/services.ts';

let rig: CaptureRig;

afterEach(async () => {
  await rig.close();
});

function happened(
  capture: StartedCapture,
  name: 'capture:started' | 'capture:waiting' | 'capture:reconnecting',
) {
  return new Promise<void>((resolve) => {
    const off = capture.events.on(name, () => {
      off();
      resolve();
    });
  });
}

function uids(): string[] {
  return rig.reader
    .rows()
    .map(({ uid }) => uid)
    .sort();
}

describe('who owns the slot', () => {
  it('is one process; a standby waits and takes over when that is killed', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const owner = spawnCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    const standby = startCapture(rig.setup);
    await happened(standby, 'capture:waiting');
    const takesOver = happened(standby, 'capture:started');
    await rig.insert(['b']);
    owner.kill('SIGKILL');
    await endOf(owner);
    await takesOver;
    await rig.insert(['c']);
    await rig.readAll();
    await standby.stage.drain();
    expect(uids()).toEqual(['a', 'b', 'c']);
    expectBalancedMarks(rig);
  });

  it('begins where another owner has gone on to while the log was opened', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const other = startCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    await other.stage.drain();
    const capture = startCapture(rig.setup, (log) => ({
      open: async () => {
        const position = await log.open();
        // Like the other one, that had the slot again for a moment: rows that it has captured since.
        await rig.insert(['b']);
        return { ...position!, lsn: await rig.walEnd() };
      },
    }));
    await Promise.race([happened(capture, 'capture:started'), capture.ended]);
    await rig.insert(['c']);
    await rig.readAll();
    await capture.stage.drain();
    expect(uids()).toEqual(['a', 'c']);
  });

  it('goes on by itself when Postgres cuts its connections', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const capture = startCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    for (const [i, purpose] of ['stream', 'marks'].entries()) {
      const reconnects = happened(capture, 'capture:reconnecting');
      const starts = happened(capture, 'capture:started');
      await rig.sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = $1`,
        [`tidemark-capture ${purpose}`],
      );
      await reconnects;
      await rig.insert([`b${i}`]);
      await starts;
      await rig.readAll();
    }
    await capture.stage.drain();
    expect(uids()).toEqual(['a', 'b0', 'b1']);
    expectBalancedMarks(rig);
  });

  it('ends with ERR_FENCED when another process takes the position, and what it had not committed is void', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const capture = startCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    const kafka = createKafkaClient({
      brokers: rig.setup.kafkaBrokers,
      clientId: 'thief',
      events: new Events(),
    });
    const thief = new TransactionalWriter({ kafka, name: rig.setup.name, tables: ['public.files'] });
    const position = await thief.open();
    expect(position).toMatchObject({ epoch: 1 });
    await rig.insert(['b']);
    await expect(capture.ended).rejects.toMatchObject({ code: 'ERR_FENCED' });
    await thief.close();
    const next = startCapture(rig.setup);
    await rig.readAll();
    await next.stage.drain();
    expect(uids()).toEqual(['a', 'b']);
    expectBalancedMarks(rig);
  });
});
