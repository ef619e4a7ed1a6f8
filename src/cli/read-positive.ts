import { InvalidArgumentError } from 'commander';

/** Reads a whole number from 1 on, as an option of the command line. */
export function readPositive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number from 1 on was expected');
}
