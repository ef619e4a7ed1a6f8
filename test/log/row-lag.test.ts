import { describe, expect, it } from 'vitest';
import { computeRowLag } from '../../src/log/row-lag.ts';

describe('where rows stand', () => {
  it.each([
    ['all is sealed', { sent: 10, sentBeforeHeld: 10, sentBeforeDue: 10, sealed: 10 }, [0, 0, 0]],
    [
      'the young wait, the middle is gathered, the old is overdue',
      { sent: 10, sentBeforeHeld: 8, sentBeforeDue: 5, sealed: 3 },
      [2, 3, 2],
    ],
    [
      'young rows are sealed already',
      { sent: 10, sentBeforeHeld: 8, sentBeforeDue: 5, sealed: 9 },
      [1, 0, 0],
    ],
    [
      'more is sealed than the last mark knows',
      { sent: 10, sentBeforeHeld: 10, sentBeforeDue: 10, sealed: 12 },
      [0, 0, 0],
    ],
    ['nothing is due', { sent: 10, sentBeforeHeld: 0, sentBeforeDue: 0, sealed: 0 }, [10, 0, 0]],
  ])('when %s', (_what, counts, [notYetDue, gathering, overdue]) => {
    expect(computeRowLag([counts])).toMatchObject({ notYetDue, gathering, overdue });
  });

  it('is added up over the partitions', () => {
    const counts = { sent: 10, sentBeforeHeld: 8, sentBeforeDue: 5, sealed: 3 };
    expect(computeRowLag([counts, counts])).toEqual({
      sent: 20,
      sealed: 6,
      notYetDue: 4,
      gathering: 6,
      overdue: 4,
    });
  });
});
