import { CommanderError } from 'commander';
import { TidemarkError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Terminal } from './terminal.ts';

/** 0 done, 1 failed, 2 wrong usage or configuration. */
export type ExitStatus = 0 | 1 | 2;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_CONFIG_INVALID',
  'ERR_CONFIG_NOT_FOUND',
  'ERR_HTTP_TOKENS',
  'ERR_USAGE',
]);

/** Says what failed, what to do and where to read on. The stack only for those who ask for it. */
export function reportError(options: {
  readonly error: unknown;
  readonly terminal: Terminal;
  readonly showStack: boolean;
}): ExitStatus {
  const error = asDeliberate(options.error);
  const lines =
    error instanceof TidemarkError ? describe(error) : describeUnforeseen(error, options.showStack);
  if (options.showStack) lines.push(...stacksOf(error));
  options.terminal.say(`${lines.join('\n')}\n`);
  return error instanceof TidemarkError && USAGE_CODES.has(error.code) ? 2 : 1;
}

function asDeliberate(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return explainRefusal(error);
  return new TidemarkError('ERR_USAGE', {
    detail: error.message.replace(/^error: /, '').replaceAll('\n', ' '),
  });
}

function describe(error: TidemarkError): string[] {
  const [first, ...rest] = error.detail.split('\n');
  return [
    `${error.code}: ${first}`,
    ...rest.map((line) => `  ${line}`),
    `  what to do: ${error.remedy}`,
    `  see docs/errors.md#${error.code.toLowerCase()}`,
  ];
}

function describeUnforeseen(error: unknown, showStack: boolean): string[] {
  const message = error instanceof Error && error.message !== '' ? error.message : String(error);
  return [
    `error: ${message}`,
    ...(showStack ? [] : ['  this failure was not foreseen; --log-level debug shows where it comes from']),
  ];
}

function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let step = error; step instanceof Error && stacks.length < 8; step = step.cause) {
    stacks.push(step.stack ?? step.message);
  }
  return stacks;
}
