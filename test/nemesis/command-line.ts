import { parseArgs } from 'node:util';
import type { Fault } from './fault.ts';

/** Where the shards go, and what can go wrong there. */
export type SinkKind = 'disk' | 's3';
export type FaultsBySink = Readonly<Record<SinkKind, readonly Fault[]>>;

export interface NemesisFlags {
  readonly sink: SinkKind;
  readonly seed: number;
  readonly minutes: number;
  readonly faults: readonly Fault[];
}

const HELP = `Archives a busy table while everything around it breaks, then compares the archive with the table.

  npm run nemesis -- [--seed N] [--minutes M] [--sink disk|s3] [--only FAULT[,FAULT…]]

  --seed N       repeats the schedule and the rows of an earlier run (default: drawn, and printed)
  --minutes M    how long faults happen (default 5); starting, catching up after every eight faults and checking
                 come on top
  --sink s3      the archive goes into a bucket of a local S3 server, behind a proxy (default: disk)
  --only FAULT   these faults alone

Exit status: 0 when nothing is missing, doubled or different; 1 when something is, with what and where to look; 2 for
wrong usage.

Faults:
`;

export function helpText({ disk, s3 }: FaultsBySink): string {
  const faults = [...new Set([...disk, ...s3])];
  return HELP + faults.map(({ name, what }) => `  ${name.padEnd(20)}${what}\n`).join('');
}

/** @throws Error that says what is wrong. @returns null when help was asked for. */
export function parseCommandLine(args: readonly string[], faults: FaultsBySink): NemesisFlags | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      minutes: { type: 'string', default: '5' },
      sink: { type: 'string', default: 'disk' },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is no whole number: ${values.seed}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes is no number above 0: ${values.minutes}`);
  const { sink } = values;
  if (sink !== 'disk' && sink !== 's3') throw new Error(`--sink is neither disk nor s3: ${sink}`);
  return {
    seed,
    minutes,
    sink,
    faults: chosen(
      values.only.flatMap((names) => names.split(',')),
      faults[sink],
    ),
  };
}

function chosen(names: readonly string[], faults: readonly Fault[]): readonly Fault[] {
  const unknown = names.filter((name) => faults.every((fault) => fault.name !== name));
  if (unknown.length > 0)
    throw new Error(
      `--only: there is no ${unknown.join(', ')}. There are: ${faults.map(({ name }) => name).join(', ')}.`,
    );
  return names.length === 0 ? faults : faults.filter(({ name }) => names.includes(name));
}
