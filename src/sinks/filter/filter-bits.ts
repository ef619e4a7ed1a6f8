import { crc32 } from 'node:zlib';
import type { UidHash } from './uid-hash.ts';

/**
 * A split block Bloom filter, as the format of Apache Parquet specifies it (its page on Bloom filters): a uid has
 * one bit in each of the eight words of one block, so that it is looked up by reading 32 bytes.
 *
 * Several of them, one a section, stand side by side: a row has the block of each section and a checksum. One small
 * read so answers for every section, and says which part of a day holds the uid.
 */
export interface FilterShape {
  readonly sections: number;
  /** Blocks of each section. */
  readonly rows: number;
}

const BLOCK_BYTES = 32;
const CRC_BYTES = 4;
const SALT = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const;

export function rowBytes({ sections }: Pick<FilterShape, 'sections'>): number {
  return sections * BLOCK_BYTES + CRC_BYTES;
}

/** The row in which a uid's bits are: Parquet's rule, the high half scaled to the number of blocks. */
export function rowOf({ high }: UidHash, { rows }: FilterShape): number {
  // A product below 2^53: rows are counted in millions at most.
  return Math.floor((high * rows) / 2 ** 32);
}

/** Notes a uid in a section. @param bits all rows of the filter. */
export function addUid(bits: Buffer, shape: FilterShape, entry: { uid: UidHash; section: number }): void {
  const block = rowOf(entry.uid, shape) * rowBytes(shape) + entry.section * BLOCK_BYTES;
  for (let word = 0; word < SALT.length; word++) {
    const bit = bitOf(entry.uid, word);
    const at = block + 4 * word + (bit >>> 3);
    bits[at] = bits[at]! | (1 << (bit & 7));
  }
}

/** @returns the sections that may hold the uid. */
export function sectionsWith(row: Buffer, { sections }: FilterShape, uid: UidHash): number[] {
  const found: number[] = [];
  for (let section = 0; section < sections; section++) {
    const holds = SALT.every((_, word) => {
      const bit = bitOf(uid, word);
      return ((row[section * BLOCK_BYTES + 4 * word + (bit >>> 3)]! >>> (bit & 7)) & 1) === 1;
    });
    if (holds) found.push(section);
  }
  return found;
}

/** Writes the checksum of a row behind it. The row's number goes in, so that no row passes for another. */
export function closeRow(bits: Buffer, shape: FilterShape, number: number): void {
  const bytes = rowBytes(shape);
  const row = bits.subarray(number * bytes, (number + 1) * bytes);
  row.writeUInt32LE(checksumOf(row, number), bytes - CRC_BYTES);
}

export function isIntact(row: Buffer, number: number): boolean {
  return row.readUInt32LE(row.length - CRC_BYTES) === checksumOf(row, number);
}

function checksumOf(row: Buffer, number: number): number {
  return crc32(row.subarray(0, row.length - CRC_BYTES), number);
}

/** The uid's bit in a word of its block: five bits of the low half times the word's salt. */
function bitOf({ low }: UidHash, word: number): number {
  return Math.imul(low, SALT[word]!) >>> 27;
}
