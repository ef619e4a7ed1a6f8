import { createInterface } from 'node:readline/promises';
import { TidemarkError } from '../base/errors.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks a person; anything but `y` or `yes` is a no.
 *
 * @throws TidemarkError ERR_USAGE when there is no person: standard input is no terminal.
 */
export async function confirm(options: {
  readonly terminal: Pick<Terminal, 'say'>;
  readonly question: string;
  /** Standard input, unless a test says otherwise. */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}): Promise<boolean> {
  const { terminal, question, input = process.stdin } = options;
  if (input.isTTY !== true)
    throw new TidemarkError('ERR_USAGE', {
      detail: 'this asks before it does anything, and standard input is no terminal',
      remedy: 'Look at what it would do with --dry-run, then add --yes.',
    });
  terminal.say(`${question} [y/N] `);
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}
