/** Finds surrogates without their partner, which UTF-8 cannot hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

/**
 * The bytes of a uid, by which the index is sorted: UTF-8, and for lone surrogates the three bytes that UTF-8's
 * rule would give them (WTF-8), so that two different uids never share their bytes.
 */
export function uidToBytes(uid: string): Buffer {
  if (!hasLoneSurrogate(uid)) return Buffer.from(uid, 'utf8');
  const parts: Buffer[] = [];
  for (const character of uid) {
    const code = character.codePointAt(0)!;
    parts.push(
      code >= 0xd800 && code <= 0xdfff
        ? Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
        : Buffer.from(character, 'utf8'),
    );
  }
  return Buffer.concat(parts);
}

/** The reverse of {@link uidToBytes}. Bytes that are no such text become U+FFFD. */
export function uidFromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let result = '';
  let from = 0;
  for (let at = 0; at < buffer.length; at++) {
    const second = buffer[at + 1] ?? 0;
    const third = buffer[at + 2] ?? 0;
    if (buffer[at] !== 0xed || second < 0xa0 || second > 0xbf || third >> 6 !== 2) continue;
    result += buffer.toString('utf8', from, at);
    result += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
    at += 2;
  }
  return result + buffer.toString('utf8', from);
}
