/**
 * `npm run test:long` plays faults at the length and size that docs/reliability.md speaks of; the suite has a short
 * form of each.
 */
const IS_LONG = process.env['TIDEMARK_LONG'] === '1';

/** @returns the one that this run takes. */
export function eitherForm<T>(forms: { readonly short: T; readonly long: T }): T {
  return IS_LONG ? forms.long : forms.short;
}
