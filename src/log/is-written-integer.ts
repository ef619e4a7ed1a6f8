/** True for an integer as `JSON.stringify` writes it: exact, and not the `-0` that only a damaged text has. */
export function isWrittenInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}
