import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ReadPool } from '../../src/sinks/read-pool.ts';
import { workerModule } from '../../src/sinks/worker-module.ts';

test('two tasks are not given to one thread while another could begin', async () => {
  const pool = new ReadPool<SharedArrayBuffer, number>({
    workers: 2,
    module: { ...workerModule(''), filename: join(import.meta.dirname, 'support/meeting-worker.ts') },
    name: 'runMeeting',
    settings: {},
  });
  try {
    const place = new SharedArrayBuffer(8);
    new Int32Array(place)[0] = 2;
    const [one, other] = await Promise.all([pool.run(place), pool.run(place)]);
    expect(one).not.toBe(other);
  } finally {
    await pool.close();
  }
});
