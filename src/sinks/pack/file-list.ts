import type { RowBytes } from '../../model/seal.ts';
import { FILES_FOLDER } from '../format/member-name.ts';
import { writeTarHeader } from '../format/tar-header.ts';
import { writePlainHeader } from '../format/ustar-block.ts';
import { SCHEME } from './object-place.ts';
import type { PackFile } from './pack-task.ts';

/** size f64, mtime f64, then flags and the bytes of path, location and fallback path as u32; the texts follow. */
const FIXED_BYTES = 32;
const SIZE_FROM_ROW = 1;
const NO_LOCATION = 2;
/** The path stands without its `files/`, and its header is that of writePlainHeader. */
const PLAIN = 4;
const OBJECT_SCHEME = Buffer.from(SCHEME);

/** What the list says of a file besides its texts. */
export type FileNumbers = Pick<PackFile, 'sizeBytes' | 'mtimeSeconds' | 'sizeFromRow'>;

/**
 * The files of a frame in one piece of memory: two hundred objects a frame would cost the
 * main thread more than the rest of its work.
 */
export class FileListWriter {
  #buffer: Buffer;
  #end = 0;

  /** @param memory where the list goes as long as it fits; a longer one gets memory of its own. */
  constructor(memory: Buffer) {
    this.#buffer = memory;
  }

  add(file: PackFile): void {
    const { location, path, fallbackPath } = file;
    this.#reserve(FIXED_BYTES + 3 * ((location?.length ?? 0) + path.length + fallbackPath.length));
    const buffer = this.#buffer;
    const pathAt = this.#end + FIXED_BYTES;
    const locationAt = pathAt + buffer.write(path, pathAt, 'utf8');
    const fallbackAt = locationAt + (location === null ? 0 : buffer.write(location, locationAt, 'utf8'));
    const end = fallbackAt + buffer.write(fallbackPath, fallbackAt, 'latin1');
    this.#finishFile(file, { locationAt, fallbackAt, end, flags: location === null ? NO_LOCATION : 0 });
  }

  /** A file with a location, whose path is `files/` and its row's uid, and whose header is that of writePlainHeader. */
  addPlain(numbers: FileNumbers, row: RowBytes): void {
    const { memory, uidAt, locationAt, lineAt } = row;
    this.#reserve(FIXED_BYTES + lineAt - uidAt);
    const pathAt = this.#end + FIXED_BYTES;
    // The two stand side by side in the row's memory as well.
    const end = pathAt + memory.copy(this.#buffer, pathAt, uidAt, lineAt);
    this.#finishFile(numbers, {
      locationAt: pathAt + locationAt - uidAt,
      fallbackAt: end,
      end,
      flags: PLAIN,
    });
  }

  /** @returns the list. Add nothing afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  #finishFile(
    numbers: FileNumbers,
    texts: {
      readonly locationAt: number;
      readonly fallbackAt: number;
      readonly end: number;
      readonly flags: number;
    },
  ): void {
    const { locationAt, fallbackAt, end } = texts;
    const buffer = this.#buffer;
    const start = this.#end;
    buffer.writeDoubleLE(numbers.sizeBytes, start);
    buffer.writeDoubleLE(numbers.mtimeSeconds, start + 8);
    buffer.writeUInt32LE(texts.flags | (numbers.sizeFromRow ? SIZE_FROM_ROW : 0), start + 16);
    buffer.writeUInt32LE(locationAt - start - FIXED_BYTES, start + 20);
    buffer.writeUInt32LE(fallbackAt - locationAt, start + 24);
    buffer.writeUInt32LE(end - fallbackAt, start + 28);
    this.#end = end;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#end + bytes));
    this.#buffer.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
  }
}

/** Goes through the files of a list in place, without an object for each. */
export class FileListReader {
  readonly #list: Buffer;
  readonly #numbers: DataView;
  #start = 0;
  #next = 0;
  /** Bytes of the current file that the plan counts with. */
  sizeBytes = 0;

  constructor(list: Uint8Array) {
    this.#list = Buffer.from(list.buffer, list.byteOffset, list.byteLength);
    this.#numbers = new DataView(list.buffer, list.byteOffset, list.byteLength);
  }

  /** Goes on to the next file. @returns false behind the last one. */
  next(): boolean {
    this.#start = this.#next;
    if (this.#start >= this.#list.length) return false;
    this.#next = this.#fallbackAt + this.#numbers.getUint32(this.#start + 28, true);
    this.sizeBytes = this.#numbers.getFloat64(this.#start, true);
    return true;
  }

  location(): string | null {
    if ((this.#flags & NO_LOCATION) !== 0) return null;
    return this.#list.toString('utf8', this.#locationAt, this.#fallbackAt);
  }

  /** Whether its location names an object in a bucket. */
  isObject(): boolean {
    return (
      this.#list[this.#locationAt] === OBJECT_SCHEME[0] &&
      OBJECT_SCHEME.equals(this.#list.subarray(this.#locationAt, this.#locationAt + OBJECT_SCHEME.length))
    );
  }

  /** Writes the current file's header. @returns the position after it. */
  writeHeader(target: Buffer, at: number): number {
    if ((this.#flags & PLAIN) === 0) return writeTarHeader(this.file(), target, at);
    return writePlainHeader(target, at, {
      uidBytes: this.#list,
      from: this.#start + FIXED_BYTES,
      to: this.#locationAt,
      sizeBytes: this.sizeBytes,
      mtimeSeconds: this.#mtimeSeconds,
    });
  }

  /** The current file as an object. */
  file(): PackFile {
    const path = this.#list.toString('utf8', this.#start + FIXED_BYTES, this.#locationAt);
    return {
      location: this.location(),
      path: (this.#flags & PLAIN) === 0 ? path : `${FILES_FOLDER}${path}`,
      fallbackPath: this.#list.toString('latin1', this.#fallbackAt, this.#next),
      sizeBytes: this.sizeBytes,
      mtimeSeconds: this.#mtimeSeconds,
      sizeFromRow: (this.#flags & SIZE_FROM_ROW) !== 0,
    };
  }

  get #flags(): number {
    return this.#numbers.getUint32(this.#start + 16, true);
  }

  get #mtimeSeconds(): number {
    return this.#numbers.getFloat64(this.#start + 8, true);
  }

  get #locationAt(): number {
    return this.#start + FIXED_BYTES + this.#numbers.getUint32(this.#start + 20, true);
  }

  get #fallbackAt(): number {
    return this.#locationAt + this.#numbers.getUint32(this.#start + 24, true);
  }
}
