import { describe, expect, it } from 'vitest';
import { describeEvent } from '../../src/cli/describe-event.ts';

const event = (type: string, data: object) =>
  JSON.stringify({ type: `tidemark.${type}.v1`, time: 'T', subject: 'public.files/1', data });

describe('an event as one line', () => {
  it.each([
    [
      'record.rejected',
      { reason: 'file_missing', detail: 'ENOENT' },
      /rejected +public.files\/1 +file_missing +ENOENT/,
    ],
    ['watermark.advanced', { watermark: 'W' }, /watermark.advanced +public.files\/1 +W$/],
    [
      'partition.failed',
      { code: 'ERR_X', detail: 'full', isFinal: false },
      /failed +public.files\/1 +ERR_X +full$/,
    ],
    ['partition.failed', { code: null, detail: 'odd', isFinal: true }, /odd +the process ended$/],
  ])('of %s says what matters', (type, data, expected) => {
    expect(describeEvent(event(type, data))).toMatch(expected);
  });

  it('is the text itself where it is no event', () => {
    expect(describeEvent('no JSON')).toBe('no JSON');
  });
});
