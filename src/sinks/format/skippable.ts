/** Magic numbers of the skippable frames behind the data; plain zstd readers step over all of them. */
export const PAGE_MAGIC = 0x184d2a5b;
export const DIRECTORY_MAGIC = 0x184d2a5c;
export const SEEK_TABLE_MAGIC = 0x184d2a5e;

export const SKIPPABLE_HEADER_BYTES = 8;

/** A skippable frame: magic u32, payload length u32, payload. */
export function skippableFrame(magic: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(SKIPPABLE_HEADER_BYTES + payload.length);
  frame.writeUInt32LE(magic, 0);
  frame.writeUInt32LE(payload.length, 4);
  frame.set(payload, SKIPPABLE_HEADER_BYTES);
  return frame;
}

/** @returns the payload of exactly one skippable frame with this magic, or undefined when the bytes are none. */
export function skippablePayload(magic: number, frame: Buffer): Buffer | undefined {
  if (frame.length < SKIPPABLE_HEADER_BYTES) return undefined;
  if (frame.readUInt32LE(0) !== magic) return undefined;
  if (frame.readUInt32LE(4) !== frame.length - SKIPPABLE_HEADER_BYTES) return undefined;
  return frame.subarray(SKIPPABLE_HEADER_BYTES);
}
