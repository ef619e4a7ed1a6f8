import { expect, onTestFailed, test } from 'vitest';
import { report } from '../support/report.ts';
import { FAULTS } from './faults.ts';
import { runNemesis } from './run-nemesis.ts';
import { computeSchedule } from './schedule.ts';
import { verdictText } from './verdict-text.ts';

/** The short form of `npm run nemesis`: one schedule in which every fault comes. */
const SHORT = { seed: 1179, durationMs: 78_000, faults: FAULTS };

/** No figure to be met: three minutes are usual, and a busy machine may take its time. */
const LIMIT_MS = 600_000;

test('the short schedule holds every fault', () => {
  const names = computeSchedule(SHORT).map(({ fault }) => fault.name);
  expect([...new Set(names)].sort()).toEqual(FAULTS.map(({ name }) => name).sort());
});

test(
  'whatever fails, each row is archived once with the same bytes, or listed as a reject',
  async () => {
    const lines: string[] = [];
    const end = new AbortController();
    onTestFailed(() => {
      end.abort(new Error('the test has ended'));
      report(lines.join('\n'));
    });
    const verdict = await runNemesis({ ...SHORT, say: (line) => lines.push(line), signal: end.signal });
    report(verdictText(verdict));
    expect(verdict.findings.filter(({ problems }) => problems.length > 0)).toEqual([]);
    // A verdict over nothing would be worth nothing.
    expect(verdict.rows).toBeGreaterThan(10_000);
    expect(verdict.rowsWatched).toBeGreaterThan(10_000);
    expect(verdict.rejects).toBeGreaterThan(10);
  },
  LIMIT_MS,
);
