/** Where a value stands in a buffer: from `start` up to `end`, exclusive. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Finds the members of a JSON object without parsing their values, so that a value can be taken as it stands:
 * `JSON.parse` would round large integers. Only the structure is looked at; whoever uses a slice parses it.
 *
 * @returns undefined when there is no object from `start` to `end`. Of equal names the last one counts.
 */
export function jsonMembers(json: Buffer, { start, end }: Slice): Map<string, Slice> | undefined {
  const members = new Map<string, Slice>();
  let at = skipSpace(json, start, end);
  if (json[at] !== OPEN_BRACE) return undefined;
  at = skipSpace(json, at + 1, end);
  if (json[at] === CLOSE_BRACE) return skipSpace(json, at + 1, end) === end ? members : undefined;
  for (;;) {
    const nameEnd = stringEnd(json, at, end);
    if (nameEnd === -1) return undefined;
    const name = memberName(json, at, nameEnd);
    at = skipSpace(json, nameEnd, end);
    if (name === undefined || json[at] !== COLON) return undefined;
    const valueStart = skipSpace(json, at + 1, end);
    const valueEnd = skipValue(json, valueStart, end);
    if (valueEnd === -1) return undefined;
    members.set(name, { start: valueStart, end: valueEnd });
    at = skipSpace(json, valueEnd, end);
    if (json[at] === CLOSE_BRACE) return skipSpace(json, at + 1, end) === end ? members : undefined;
    if (json[at] !== COMMA) return undefined;
    at = skipSpace(json, at + 1, end);
  }
}

function memberName(json: Buffer, start: number, end: number): string | undefined {
  const inner = json.toString('utf8', start + 1, end - 1);
  if (!inner.includes('\\')) return inner;
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    // An escape that JSON does not have: the whole record is malformed, which the caller reports.
    return undefined;
  }
}

function skipSpace(json: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = json[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

/** @returns the position behind the closing quote, or -1. */
function stringEnd(json: Buffer, start: number, end: number): number {
  if (start >= end || json[start] !== QUOTE) return -1;
  for (let at = start + 1; at < end; at++) {
    if (json[at] === BACKSLASH) at++;
    else if (json[at] === QUOTE) return at + 1;
  }
  return -1;
}

/** @returns the position behind the value, or -1 when it does not end before `end`. */
function skipValue(json: Buffer, start: number, end: number): number {
  if (start >= end) return -1;
  if (json[start] === QUOTE) return stringEnd(json, start, end);
  if (json[start] === OPEN_BRACE || json[start] === OPEN_BRACKET) return skipNested(json, start, end);
  let at = start;
  while (at < end && !endsPrimitive(json[at]!)) at++;
  return at > start ? at : -1;
}

function skipNested(json: Buffer, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      const behind = stringEnd(json, at, end);
      if (behind === -1) return -1;
      at = behind - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === 0) return at + 1;
    }
  }
  return -1;
}

function endsPrimitive(byte: number): boolean {
  return byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === COLON;
}
