import { expect, test } from 'vitest';
import { helpText, parseCommandLine } from './command-line.ts';
import { FAULTS } from './faults.ts';

const parse = (...args: string[]) => parseCommandLine(args, FAULTS);

test('without options every fault comes, for five minutes, by a seed that is drawn', () => {
  expect(parse()).toMatchObject({ minutes: 5, faults: FAULTS });
});

test('--only takes names one by one or joined by commas', () => {
  const chosen = parse(
    '--only',
    'kafka-kill,sink-full',
    '--only',
    'poison',
    '--seed',
    '7',
    '--minutes',
    '0.5',
  );
  expect(chosen?.faults.map(({ name }) => name).sort()).toEqual(['kafka-kill', 'poison', 'sink-full']);
  expect(chosen).toMatchObject({ seed: 7, minutes: 0.5 });
});

test('a fault that does not exist is refused with the names of those that do', () => {
  expect(() => parse('--only', 'earthquake')).toThrow(/no earthquake\. There are: kill-capture, .*power-cut/);
});

test.each([
  ['--seed', 'x'],
  ['--minutes', '0'],
])('%s %s is refused', (flag, value) => {
  expect(() => parse(flag, value)).toThrow(flag);
});

test('--help names every fault with what it does', () => {
  expect(parse('--help')).toBeNull();
  for (const { name, what } of FAULTS) expect(helpText(FAULTS)).toContain(`${name.padEnd(20)}${what}`);
});
