import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRowLags, computeRowLag } from '../../src/log/row-lag.ts';
import type { PartitionCounts } from '../../src/log/row-lag.ts';
import { offset } from '../../src/model/offset.ts';
import { SEED } from '../support/seed.ts';

/** Ten rows were sent, of which three are sealed; three marks, and three markers of transactions. */
function counts(changes: Partial<PartitionCounts> = {}): PartitionCounts {
  return {
    ...{ sent: 10, sentBeforeHeld: 8, sentBeforeDue: 5, isCaughtUp: false },
    ...{ sentBeforeCommitted: 3, sentBeforePosition: 3, sealed: 3, marks: 3 },
    offsets: { from: offset(9), end: offset(22) },
    ...changes,
  };
}

describe('where rows stand', () => {
  it.each<[string, Partial<PartitionCounts>, number[]]>([
    ['the young wait, the middle is gathered, the old is overdue', {}, [2, 3, 2]],
    ['all is sealed', { sentBeforeCommitted: 10, sentBeforePosition: 10, sealed: 10 }, [0, 0, 0]],
    [
      'young rows are sealed already',
      { sentBeforeCommitted: 9, sentBeforePosition: 9, sealed: 9 },
      [1, 0, 0],
    ],
    ['nothing is due', { sentBeforeHeld: 3, sentBeforeDue: 3 }, [7, 0, 0]],
    ['rows behind the committed offset are sealed', { sentBeforePosition: 8, sealed: 5 }, [2, 3, 0]],
    ['every due window is sealed, and old rows belong to later ones', { isCaughtUp: true }, [2, 5, 0]],
    ['the group has lost its offsets and counts from zero', { sealed: 0 }, [2, 3, 2]],
    ['the source has sent rows that no mark counted', { sealed: 1_000 }, [2, 3, 2]],
  ])('when %s', (_what, changes, [notYetDue, gathering, overdue]) => {
    expect(computeRowLag(counts(changes))).toMatchObject({ notYetDue, gathering, overdue });
  });

  it('is what the offsets are, together with what stands between', () => {
    const places = fc
      .array(fc.nat({ max: 50 }), { minLength: 5, maxLength: 5 })
      .map((numbers) => numbers.sort((a, b) => a - b));
    const property = fc.property(places, fc.nat({ max: 60 }), fc.boolean(), (sorted, sealed, isCaughtUp) => {
      const [sentBeforeCommitted = 0, sentBeforeDue = 0, sentBeforeHeld = 0, position = 0, sent = 0] = sorted;
      const lag = computeRowLag({
        ...{ sentBeforeCommitted, sentBeforeDue, sentBeforeHeld, sent, sealed, isCaughtUp, marks: 4 },
        sentBeforePosition: Math.min(position, sent),
        offsets: { from: offset(100), end: offset(100 + (sent - sentBeforeCommitted) + 9) },
      });
      const { notYetDue, gathering, overdue, sealedAhead, marks, rest, offsets } = lag;
      expect(notYetDue + gathering + overdue).toBe(lag.sent - lag.sealed);
      expect(notYetDue + gathering + overdue + sealedAhead + marks + rest).toBe(offsets);
      expect(rest).toBe(5);
      expect(Math.min(notYetDue, gathering, overdue, sealedAhead)).toBeGreaterThanOrEqual(0);
      // None is called older than the marks say.
      expect(overdue).toBeLessThanOrEqual(Math.max(0, sentBeforeDue - sentBeforeCommitted));
    });
    fc.assert(property, { seed: SEED });
  });

  it('is added up over the partitions', () => {
    const lag = computeRowLag(counts());
    expect(addRowLags([lag, lag])).toEqual({ sent: 20, sealed: 6, notYetDue: 4, gathering: 6, overdue: 4 });
  });
});
