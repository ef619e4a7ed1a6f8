import { FILES_FOLDER } from '../format/member-name.ts';
import type { PackFile } from './pack-task.ts';

/** size f64, mtime f64, then flags and the bytes of location, path and fallback path as u32; the texts follow. */
const FIXED_BYTES = 32;
const SIZE_FROM_ROW = 1;
const NO_LOCATION = 2;

/** A member's name: as text, or `files/` and a range of bytes that are printable ASCII. */
export type ListedName =
  | Pick<PackFile, 'path' | 'fallbackPath'>
  | { readonly uids: Buffer; readonly from: number; readonly to: number };

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

  add(file: Omit<PackFile, 'path' | 'fallbackPath'>, name: ListedName): void {
    const { location } = file;
    const nameBytesMax =
      'uids' in name ? name.to - name.from : 3 * (name.path.length + name.fallbackPath.length);
    this.#reserve(FIXED_BYTES + 3 * (location?.length ?? 0) + FILES_FOLDER.length + nameBytesMax);
    const buffer = this.#buffer;
    const start = this.#end;
    let at = start + FIXED_BYTES;
    const locationBytes = location === null ? 0 : buffer.write(location, at, 'utf8');
    at += locationBytes;
    const pathBytes = writePath(buffer, at, name);
    at += pathBytes;
    const fallbackBytes = 'uids' in name ? 0 : buffer.write(name.fallbackPath, at, 'latin1');
    buffer.writeDoubleLE(file.sizeBytes, start);
    buffer.writeDoubleLE(file.mtimeSeconds, start + 8);
    const flags = (file.sizeFromRow ? SIZE_FROM_ROW : 0) | (location === null ? NO_LOCATION : 0);
    buffer.writeUInt32LE(flags, start + 16);
    buffer.writeUInt32LE(locationBytes, start + 20);
    buffer.writeUInt32LE(pathBytes, start + 24);
    buffer.writeUInt32LE(fallbackBytes, start + 28);
    this.#end = at + fallbackBytes;
  }

  /** @returns the list. Add nothing afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#end + bytes));
    this.#buffer.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
  }
}

function writePath(buffer: Buffer, at: number, name: ListedName): number {
  if (!('uids' in name)) return buffer.write(name.path, at, 'utf8');
  const folderBytes = buffer.write(FILES_FOLDER, at, 'latin1');
  return folderBytes + name.uids.copy(buffer, at + folderBytes, name.from, name.to);
}

export function readFileList(list: Uint8Array): PackFile[] {
  const buffer = Buffer.from(list.buffer, list.byteOffset, list.byteLength);
  const files: PackFile[] = [];
  for (let start = 0; start < buffer.length;) {
    const flags = buffer.readUInt32LE(start + 16);
    const locationAt = start + FIXED_BYTES;
    const pathAt = locationAt + buffer.readUInt32LE(start + 20);
    const fallbackAt = pathAt + buffer.readUInt32LE(start + 24);
    const end = fallbackAt + buffer.readUInt32LE(start + 28);
    files.push({
      location: (flags & NO_LOCATION) === 0 ? buffer.toString('utf8', locationAt, pathAt) : null,
      path: buffer.toString('utf8', pathAt, fallbackAt),
      fallbackPath: buffer.toString('latin1', fallbackAt, end),
      sizeBytes: buffer.readDoubleLE(start),
      mtimeSeconds: buffer.readDoubleLE(start + 8),
      sizeFromRow: (flags & SIZE_FROM_ROW) !== 0,
    });
    start = end;
  }
  return files;
}
