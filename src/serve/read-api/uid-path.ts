import { uidFromBytes, uidToBytes } from '../../sinks/format/uid-bytes.ts';

const FILE_PATH = /^\/v1\/files\/([^/?]*)(\?.*)?$/s;

/** What a path becomes that no router could read; no route has it. */
export const UNREADABLE_PATH = '/unreadable';

/**
 * The path as the router may see it. A uid may hold any character, and a router decodes too much (a `/` in it) or too
 * little (a lone surrogate is no UTF-8); so the router gets the uid's bytes in hexadecimal. A path that it could not
 * decode gets past no guard and into no log, so it becomes {@link UNREADABLE_PATH}.
 */
export function routablePath(url: string): string {
  const m = FILE_PATH.exec(url);
  if (m === null) return isReadable(url) ? url : UNREADABLE_PATH;
  const bytes = percentDecoded(m[1]!);
  return bytes === undefined ? UNREADABLE_PATH : `/v1/files/${HEX_MARK}${bytes.toString('hex')}${m[2] ?? ''}`;
}

function isReadable(url: string): boolean {
  try {
    decodeURI(url.replace(/[?#].*$/s, ''));
    return true;
  } catch {
    // A URIError says no more than that it is none.
    return false;
  }
}

/** So that the empty uid has a segment too. */
const HEX_MARK = '~';

/** @returns the uid of a segment that {@link routablePath} made; undefined when its bytes are no text. */
export function uidOfSegment(segment: string): string | undefined {
  const bytes = Buffer.from(segment.slice(HEX_MARK.length), 'hex');
  const uid = uidFromBytes(bytes);
  return uidToBytes(uid).equals(bytes) ? uid : undefined;
}

function percentDecoded(text: string): Buffer | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  // Node hands the bytes of the request line over one a character.
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
}
