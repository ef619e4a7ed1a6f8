import { expect, it } from 'vitest';
import { GroupCommit } from '../../../src/log/debezium/group-commit.ts';
import type { Work } from '../../../src/log/debezium/group-commit.ts';
import type { PendingMark } from '../../../src/model/capture-position.ts';
import type { CapturedRow } from '../../../src/model/row.ts';

const rows = (...keys: string[]): Work => ({
  rows: keys.map((keyJson) => ({ keyJson }) as CapturedRow),
  sources: [],
  mark: null,
});
const mark = (sequence: number): Work => ({ rows: [], sources: [], mark: { sequence } as PendingMark });

/** Each transaction is held until the test lets it end. */
function held(rowsMax = 100) {
  const written: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const commits = new GroupCommit({
    rowsMax,
    write: (work) => {
      written.push(
        [
          ...work.rows.map(({ keyJson }) => keyJson),
          ...(work.mark === null ? [] : [work.mark.sequence]),
        ].join(' '),
      );
      return new Promise((resolve, reject) => ends.push({ resolve, reject }));
    },
  });
  return { commits, written, ends };
}

it('what comes while a transaction is under way goes into the next one together, in order, up to a mark', async () => {
  const { commits, written, ends } = held();
  const all = [rows('a'), rows('b'), mark(1), rows('c'), rows('d')].map((work) => commits.add(work));
  ends[0]!.resolve();
  await all[0];
  ends[1]!.resolve();
  await all[2];
  ends[2]!.resolve();
  await Promise.all(all);
  expect(written).toEqual(['a', 'b 1', 'c d']);
});

it('a transaction has no more rows than it may', async () => {
  const { commits, written, ends } = held(2);
  const all = [rows('a'), rows('b'), rows('c'), rows('d')].map((work) => commits.add(work));
  for (let i = 0; i < 3; i++) {
    ends[i]!.resolve();
    await all[i];
  }
  await all[3];
  expect(written).toEqual(['a', 'b c', 'd']);
});

it('a failure refuses everything that waits, and everything after it', async () => {
  const { commits, written, ends } = held();
  const all = [rows('a'), rows('b')].map((work) => commits.add(work));
  ends[0]!.reject(new Error('fenced'));
  for (const one of [...all, commits.add(rows('c'))]) await expect(one).rejects.toThrow('fenced');
  expect(commits.hasFailed).toBe(true);
  expect(written).toEqual(['a']);
});
