const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC_850 = /^[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * Reads a date of HTTP in each of the three forms that RFC 9110 (section 5.6.7) has a recipient accept.
 *
 * @returns whole seconds since 1970; undefined when it is none.
 */
export function readHttpDate(text: string): number | undefined {
  const isZoned = IMF_FIXDATE.test(text) || RFC_850.test(text);
  if (!isZoned && !ASCTIME.test(text)) return undefined;
  const ms = Date.parse(isZoned ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000);
}

export function formatHttpDate(seconds: number): string {
  return new Date(seconds * 1_000).toUTCString();
}
