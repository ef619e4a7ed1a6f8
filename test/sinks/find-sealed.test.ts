import { describe, expect, test } from 'vitest';
import { micros } from '../../src/model/micros.ts';
import type { Offset } from '../../src/model/offset.ts';
import { findSealed } from '../../src/sinks/read/find-sealed.ts';
import { WINDOW_START } from './support/seal-request.ts';
import { createWorkspace } from './support/workspace.ts';

const HOUR = 3_600_000_000;
const place = { table: 'public.files', partition: 0, partitionCount: 2 };
const window = (hours: number) => ({
  start: micros(WINDOW_START + (hours - 1) * HOUR),
  end: micros(WINDOW_START + hours * HOUR),
});

describe('what the shards say of a partition that lost its offset', () => {
  test('is where its last whole window ends, and which later windows have parts', async () => {
    const work = createWorkspace();
    const row = work.row('a', 'x');
    for (const hours of [1, 3]) await work.seal([row], { name: { window: window(hours) } });
    const early = { kind: 'early' as const, firstOffset: 7 as Offset };
    await work.seal([row], { name: { window: window(2), ...early } });
    await work.seal([row], { name: { window: window(4), ...early } });
    await work.seal([row], {
      name: { window: window(4), kind: 'early', firstOffset: 8 as Offset },
      firstPart: 2,
    });
    await work.seal([row], { name: { window: window(5), partition: 1 } });
    const found = await findSealed(work.sink, { ...place, watermark: window(1).end });
    expect(found).toEqual({
      watermark: window(1).end,
      sealedUntil: window(3).end,
      early: [{ end: window(4).end, parts: 2 }],
      earlySizeMicros: HOUR,
    });
  });

  test('is what the table says, where that is later or where there are none', async () => {
    const work = createWorkspace();
    const none = await findSealed(work.sink, { ...place, watermark: window(1).end });
    expect(none).toEqual({ watermark: window(1).end, early: [] });
    await work.seal([work.row('a', 'x')], { name: { window: window(1) } });
    const later = await findSealed(work.sink, { ...place, watermark: window(9).end });
    expect(later).toEqual({ watermark: window(9).end, early: [] });
  });
});
