import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REPOSITORY } from '../support/repository.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-count-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function count(report: object | string, exitStatus: number): { line: string; status: number | null } {
  const path = join(folder, 'report.json');
  writeFileSync(path, typeof report === 'string' ? report : JSON.stringify(report));
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(REPOSITORY, '.ci/count.mjs'), path, String(exitStatus)],
    { encoding: 'utf8' },
  );
  return { line: stdout, status };
}

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((result) => ({ status: result })),
});

test('a good run counts its tests and ends with status 0', () => {
  const report = { numPassedTests: 3, numFailedTests: 0, testResults: [file('passed', 'passed')] };
  expect(count(report, 0)).toEqual({ line: '3 passed, 0 failed\n', status: 0 });
});

test('a failed test is counted once, not again for its file', () => {
  const report = { numPassedTests: 2, numFailedTests: 1, testResults: [file('failed', 'passed', 'failed')] };
  expect(count(report, 1)).toEqual({ line: '2 passed, 1 failed\n', status: 1 });
});

test('a file that fails to load counts as one failed test', () => {
  const report = {
    numPassedTests: 2,
    numFailedTests: 0,
    testResults: [file('failed'), file('passed', 'passed')],
  };
  expect(count(report, 1)).toEqual({ line: '2 passed, 1 failed\n', status: 1 });
});

test('a run that ends badly without a failed test counts as one', () => {
  const report = { numPassedTests: 2, numFailedTests: 0, testResults: [file('passed', 'passed')] };
  expect(count(report, 1)).toEqual({ line: '2 passed, 1 failed\n', status: 1 });
});

test('a run that left no report counts as one failed test', () => {
  expect(count('', 0)).toEqual({ line: '0 passed, 1 failed\n', status: 1 });
});
