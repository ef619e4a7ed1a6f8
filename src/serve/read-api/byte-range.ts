/** Bytes `from` (inclusive) to `to` (exclusive). */
export interface ByteSpan {
  readonly from: number;
  readonly to: number;
}

const INT_RANGE = /^(\d+)-(\d*)$/;
const SUFFIX_RANGE = /^-(\d+)$/;

/**
 * What a `Range` header asks of so many bytes (RFC 9110, section 14).
 *
 * @returns `whole` for what may be passed over: another unit, a text that is no range, several ranges (one answer with
 * many parts costs the server more than it saves the client), or the end of a file without a byte.
 */
export function readRange(
  header: string | undefined,
  sizeBytes: number,
): ByteSpan | 'whole' | 'unsatisfiable' {
  const m = /^bytes=(.*)$/i.exec(header ?? '');
  if (m === null) return 'whole';
  const ranges = m[1]!
    .split(',')
    .map((range) => range.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((range) => range !== '');
  if (ranges.length !== 1) return 'whole';
  const suffix = SUFFIX_RANGE.exec(ranges[0]!);
  if (suffix !== null) {
    const length = Number(suffix[1]);
    if (length === 0) return 'unsatisfiable';
    return sizeBytes === 0 ? 'whole' : { from: Math.max(0, sizeBytes - length), to: sizeBytes };
  }
  const int = INT_RANGE.exec(ranges[0]!);
  if (int === null) return 'whole';
  const first = Number(int[1]);
  const last = int[2] === '' ? Infinity : Number(int[2]);
  if (last < first) return 'whole';
  if (first >= sizeBytes) return 'unsatisfiable';
  return { from: first, to: Math.min(last, sizeBytes - 1) + 1 };
}
