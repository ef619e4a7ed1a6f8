import { afterEach, describe, expect, it } from 'vitest';
import { CaptureRig, endOf, spawnCapture, startCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { services } from '../support/services/services.ts';

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(4, '0')}`);
}

describe('a capture that is killed', () => {
  let rig: CaptureRig;

  afterEach(async () => {
    await rig.close();
  });

  it.each([
    'capture:rows-sent=kill@4',
    'capture:position-sent=kill@4',
    'capture:committed=kill@4',
    'capture:acknowledged=kill@4',
  ])('at %s loses no row and sends none twice', async (failpoint) => {
    rig = await CaptureRig.create({ services: await services(), limits: { batchRowsMax: 70 } });
    const expected: string[] = [];
    for (const round of ['first', 'second']) {
      const child = spawnCapture(rig.setup, failpoint);
      const uids = names(round, 300);
      await rig.insert(uids);
      expected.push(...uids);
      expect(await endOf(child)).toBe('SIGKILL');
    }
    const last = startCapture(rig.setup);
    await rig.insert(['after']);
    await rig.readAll();
    await last.stage.drain();
    expect(
      rig.reader
        .rows()
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual([...expected, 'after'].sort());
    expectBalancedMarks(rig);
  });

  it.each(['snapshot:leg-opened=kill@1', 'snapshot:page-sent=kill@3', 'capture:committed=kill@1'])(
    'in its snapshot at %s goes on where it was, without gap or double, while writers go on',
    async (failpoint) => {
      const before = names('before', 1_000);
      rig = await CaptureRig.create({
        services: await services(),
        limits: { snapshotPageRowsMax: 90 },
        before: `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint);
          INSERT INTO files (uid, created_at)
          SELECT 'before-' || lpad(i::text, 4, '0'), now() - i * interval '1 s' FROM generate_series(0, 999) i`,
        ddl: 'SELECT 1',
      });
      const expected = [...before];
      for (const round of ['first', 'second', 'third']) {
        const child = spawnCapture(rig.setup, failpoint);
        for (let i = 0; i < 20; i++) {
          // Among the rows of the snapshot, before them and behind them.
          const uids = names(`${round}-${i}`, 5);
          expected.push(...uids);
          await rig.sql.query(
            `INSERT INTO files (uid, created_at) SELECT u, now() - random() * interval '1200 s' FROM unnest($1::text[]) u`,
            [uids],
          );
        }
        expect(await endOf(child)).toBe('SIGKILL');
      }
      const last = startCapture(rig.setup);
      await rig.insert(['after']);
      await rig.readAll();
      await last.stage.drain();
      expect(
        rig.reader
          .rows()
          .map(({ uid }) => uid)
          .sort(),
      ).toEqual([...expected, 'after'].sort());
      expectBalancedMarks(rig);
    },
  );
});
