import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventMap } from '../../src/base/event-map.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { services } from '../support/services/services.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const OLD_ROWS = 2_000;

let rig: CaptureRig;
let proxy: TcpProxy;
let capture: StartedCapture;
const inserted: string[] = [];

beforeAll(async () => {
  rig = await CaptureRig.create({
    services: await services(),
    limits: { snapshotPageRowsMax: 200, silenceMaxMs: 1_000 },
    ddl: `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint);
      INSERT INTO files (uid, created_at) SELECT 'old-' || i, now() - i * interval '1 s' FROM generate_series(1, ${OLD_ROWS}) i`,
  });
  inserted.push(...Array.from({ length: OLD_ROWS }, (_, i) => `old-${i + 1}`));
  proxy = await TcpProxy.start(rig.setup.postgresUrl);
  capture = startCapture({ ...rig.setup, postgresUrl: proxy.urlOf(rig.setup.postgresUrl) });
});

afterAll(async () => {
  await capture.stage.drain();
  await proxy.close();
  await rig.close();
});

function next<N extends 'snapshot:progressed' | 'capture:reconnecting' | 'mark:sent'>(
  name: N,
): Promise<EventMap[N]> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}

async function insert(uids: readonly string[]): Promise<void> {
  await rig.insert(uids);
  inserted.push(...uids);
}

async function expectEachRowOnce(): Promise<void> {
  await rig.readAll();
  const found = rig.reader.rows().map(({ uid }) => uid);
  expect(found.sort()).toEqual([...inserted].sort());
  expectBalancedMarks(rig);
}

describe('a connection to Postgres', () => {
  it('that dies in silence under the snapshot is noticed, and the snapshot goes on where it was', async () => {
    await next('snapshot:progressed');
    const reconnects = next('capture:reconnecting');
    proxy.find('tidemark-capture snapshot\0').stall();
    expect((await reconnects).reason).toMatch(/silent for \d+ ms/);
    await expectEachRowOnce();
  });

  it.each(['stream', 'marks'])(
    'that dies in silence under the %s is noticed and replaced',
    async (purpose) => {
      await next('mark:sent');
      const reconnects = next('capture:reconnecting');
      proxy.find(`tidemark-capture ${purpose}\0`).stall();
      await insert([`during-${purpose}`]);
      await reconnects;
      await insert([`after-${purpose}`]);
      await expectEachRowOnce();
    },
  );

  it('that is cut in the middle of a message is replaced, and the message comes whole', async () => {
    await next('mark:sent');
    const reconnects = next('capture:reconnecting');
    proxy.find('tidemark-capture stream\0').cutAfter(150_000);
    const wide = 'x'.repeat(400_000);
    await rig.sql.query(`INSERT INTO files (uid, file_location) VALUES ('wide', $1)`, [wide]);
    inserted.push('wide');
    await reconnects;
    await expectEachRowOnce();
    expect(rig.reader.rows().find(({ uid }) => uid === 'wide')?.fileLocation).toBe(wide);
  });
});
