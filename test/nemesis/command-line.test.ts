import { expect, test } from 'vitest';
import { helpText, parseCommandLine } from './command-line.ts';
import { FAULTS, FAULTS_IN_A_BUCKET } from './faults.ts';

const BY_SINK = { disk: FAULTS, s3: FAULTS_IN_A_BUCKET };
const parse = (...args: string[]) => parseCommandLine(args, BY_SINK);

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

test('a sink in a bucket has the faults of a bucket, and not those of a disk', () => {
  const names = parse('--sink', 's3')?.faults.map(({ name }) => name);
  expect(names).toContain('bucket-kill');
  expect(names).toContain('kafka-kill');
  expect(names).not.toContain('sink-full');
  expect(() => parse('--sink', 's3', '--only', 'sink-full')).toThrow(
    /no sink-full\. There are: .*bucket-cuts/,
  );
});

test.each([
  ['--seed', 'x'],
  ['--minutes', '0'],
  ['--sink', 'tape'],
])('%s %s is refused', (flag, value) => {
  expect(() => parse(flag, value)).toThrow(flag);
});

test('--help names every fault with what it does', () => {
  expect(parse('--help')).toBeNull();
  for (const { name, what } of [...FAULTS, ...FAULTS_IN_A_BUCKET])
    expect(helpText(BY_SINK)).toContain(`${name.padEnd(20)}${what}`);
});
