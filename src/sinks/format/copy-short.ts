/**
 * Copies some tens of bytes. `Buffer.copy` and `set` make a view for each piece, which costs more than so few bytes,
 * and is garbage afterwards.
 */
export function copyShort(
  source: { readonly bytes: Uint8Array; readonly from: number; readonly to: number },
  target: Uint8Array,
  at: number,
): void {
  const { bytes, from, to } = source;
  const offset = at - from;
  for (let i = from; i < to; i++) target[offset + i] = bytes[i]!;
}
