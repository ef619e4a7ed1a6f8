import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventMap } from '../../src/base/event-map.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { services } from '../support/services/services.ts';

let rig: CaptureRig;

afterEach(async () => {
  await rig.close();
});

const FILES = `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint)`;

function once<N extends 'snapshot:waiting' | 'snapshot:finished'>(
  capture: StartedCapture,
  name: N,
): Promise<EventMap[N]> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}

/** A session of another application, in a transaction that has written. */
async function openWriter(): Promise<{ client: pg.Client; pid: number }> {
  const client = new pg.Client({ connectionString: rig.setup.postgresUrl });
  await client.connect();
  await client.query(`BEGIN; INSERT INTO files (uid) VALUES ('unfinished')`);
  const found = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { client, pid: found.rows[0]!.pid };
}

describe('a snapshot tells', () => {
  it('its rows among those that are committed, as the stream does', async () => {
    rig = await CaptureRig.create({
      services: await services(),
      limits: { snapshotPageRowsMax: 100 },
      ddl: `${FILES}; INSERT INTO files (uid) SELECT 'old-' || i FROM generate_series(1, 350) i`,
    });
    const capture = startCapture(rig.setup);
    const commits: EventMap['capture:committed'][] = [];
    capture.events.on('capture:committed', (commit) => commits.push(commit));
    await once(capture, 'snapshot:finished');
    await rig.insert(['new-1', 'new-2']);
    await rig.readAll();
    await capture.stage.drain();
    expect(rig.reader.rows()).toHaveLength(352);
    expect(commits.reduce((sum, { rows }) => sum + rows, 0)).toBe(352);
    expect(commits.filter(({ rows, bytes }) => rows > 0 && bytes < rows * 100)).toEqual([]);
  });

  it('which transaction it waits for, and goes on when that has ended', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const writer = await openWriter();
    const capture = startCapture(rig.setup);
    expect(await once(capture, 'snapshot:waiting')).toMatchObject({ table: 'public.files', pid: writer.pid });
    const finished = once(capture, 'snapshot:finished');
    await writer.client.query('COMMIT');
    await writer.client.end();
    await finished;
    await rig.readAll();
    await capture.stage.drain();
    expect(rig.reader.rows().map(({ uid }) => uid)).toEqual(['unfinished']);
  });

  it.each(['drain', 'stop'] as const)(
    'nothing more after %s, although the transaction is open',
    async (how) => {
      rig = await CaptureRig.create({ services: await services() });
      const writer = await openWriter();
      const capture = startCapture(rig.setup);
      await once(capture, 'snapshot:waiting');
      await capture.stage[how]();
      await capture.ended;
      await writer.client.query('ROLLBACK');
      await writer.client.end();
    },
  );
});
