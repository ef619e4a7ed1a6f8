import { copyShort } from './copy-short.ts';
import type { IndexColumns } from './index-columns.ts';
import { DIGEST_BYTES, newColumns, uidStart } from './index-columns.ts';

/** Target of a page before compression; a page closes before the entry that would pass it. */
const PAGE_CONTENT_BYTES = 64 * 1024;
/** Refused above this when reading: one entry with a uid of 16 MiB is the largest page anybody can need. */
export const PAGE_CONTENT_BYTES_MAX = 16 * 1024 * 1024 + PAGE_CONTENT_BYTES;
const HEADER_BYTES = 8;
const DIGEST_FLAG = 1;
/** created_at i64, size u64, frame u32, offset u32, uid end u32. */
const FIXED_BYTES = 28;

/**
 * Contents of the index's pages, in order: each a run of `order`. All in the same memory, each valid until the next one
 * is asked for: what a hundred pages leave behind would wait for a collection that has little else to do.
 */
export function* encodePages(columns: IndexColumns, order: Uint32Array): Generator<Buffer> {
  let memory = Buffer.allocUnsafeSlow(PAGE_CONTENT_BYTES);
  const pageOf = (positions: Uint32Array, length: number): Buffer => {
    if (length > memory.length) memory = Buffer.allocUnsafeSlow(length);
    const page = memory.subarray(0, length);
    encodePage(columns, positions, page);
    return page;
  };
  const fixed = FIXED_BYTES + (columns.sha256 === null ? 0 : DIGEST_BYTES);
  let from = 0;
  let bytes = HEADER_BYTES;
  for (let i = 0; i < order.length; i++) {
    const position = order[i]!;
    const entry = fixed + columns.uidEnds[position]! - uidStart(columns, position);
    if (i > from && bytes + entry > PAGE_CONTENT_BYTES) {
      yield pageOf(order.subarray(from, i), bytes);
      from = i;
      bytes = HEADER_BYTES;
    }
    bytes += entry;
  }
  if (order.length > from) yield pageOf(order.subarray(from), bytes);
}

/** Fills the whole page. */
function encodePage(columns: IndexColumns, positions: Uint32Array, page: Buffer): void {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const at = pageLayout(positions.length, columns.sha256 !== null);
  view.setUint32(0, positions.length, true);
  view.setUint32(4, columns.sha256 === null ? 0 : DIGEST_FLAG, true);
  let uidEnd = 0;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    setInt64(view, at.createdAt + 8 * i, columns.createdAt[position]!);
    setInt64(view, at.sizeBytes + 8 * i, columns.sizeBytes[position]!);
    view.setUint32(at.frame + 4 * i, columns.frame[position]!, true);
    view.setUint32(at.frameOffset + 4 * i, columns.frameOffset[position]!, true);
    if (columns.sha256 !== null) {
      const from = DIGEST_BYTES * position;
      const to = from + DIGEST_BYTES;
      copyShort({ bytes: columns.sha256, from, to }, page, at.sha256 + DIGEST_BYTES * i);
    }
    const [from, to] = [uidStart(columns, position), columns.uidEnds[position]!];
    copyShort({ bytes: columns.uidBytes, from, to }, page, at.uids + uidEnd);
    uidEnd += to - from;
    view.setUint32(at.uidEnds + 4 * i, uidEnd, true);
  }
}

/** As two halves: a BigInt for each number would cost more than the rest of the entry. */
function setInt64(view: DataView, at: number, value: number): void {
  const upper = Math.floor(value / 2 ** 32);
  view.setUint32(at, value - upper * 2 ** 32, true);
  view.setInt32(at + 4, upper, true);
}

/** Where each column of a page begins. */
function pageLayout(count: number, digests: boolean) {
  const createdAt = HEADER_BYTES;
  const sizeBytes = createdAt + 8 * count;
  const frame = sizeBytes + 8 * count;
  const frameOffset = frame + 4 * count;
  const uidEnds = frameOffset + 4 * count;
  const sha256 = uidEnds + 4 * count;
  const uids = sha256 + (digests ? DIGEST_BYTES * count : 0);
  return { createdAt, sizeBytes, frame, frameOffset, uidEnds, sha256, uids };
}

/** @returns undefined when the bytes are no page: a length, order or number in it cannot be true. */
export function decodePage(page: Buffer): IndexColumns | undefined {
  if (page.length < HEADER_BYTES) return undefined;
  const count = page.readUInt32LE(0);
  const flags = page.readUInt32LE(4);
  const at = pageLayout(count, flags === DIGEST_FLAG);
  if (flags > DIGEST_FLAG || count === 0 || at.uids > page.length) return undefined;
  const columns = newColumns(count, {
    sha256: flags === DIGEST_FLAG ? page.subarray(at.sha256, at.uids) : null,
    uidBytes: page.subarray(at.uids),
  });
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  let uidEnd = 0;
  for (let i = 0; i < count; i++) {
    columns.createdAt[i] = safeNumber(
      view,
      at.createdAt + 8 * i,
      view.getInt32(at.createdAt + 8 * i + 4, true),
    );
    columns.sizeBytes[i] = safeNumber(
      view,
      at.sizeBytes + 8 * i,
      view.getUint32(at.sizeBytes + 8 * i + 4, true),
    );
    columns.frame[i] = view.getUint32(at.frame + 4 * i, true);
    columns.frameOffset[i] = view.getUint32(at.frameOffset + 4 * i, true);
    const next = view.getUint32(at.uidEnds + 4 * i, true);
    if (next < uidEnd) return undefined;
    uidEnd = columns.uidEnds[i] = next;
    if (Number.isNaN(columns.createdAt[i]) || Number.isNaN(columns.sizeBytes[i])) return undefined;
  }
  return uidEnd === columns.uidBytes.length ? columns : undefined;
}

/** As two halves, as {@link setInt64} writes it. @param upper signed or not, as the number is. */
function safeNumber(view: DataView, at: number, upper: number): number {
  const number = upper * 2 ** 32 + view.getUint32(at, true);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
