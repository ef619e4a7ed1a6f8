/** An argument as a POSIX shell takes it back unchanged, for commands that people copy out of a remedy. */
export function shellQuote(argument: string): string {
  return /^[\w/.:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
