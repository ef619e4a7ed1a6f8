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
});
