import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import { uidStart } from '../format/index-columns.ts';
import { FILES_FOLDER, digestPath, isPlainUid, memberPath } from '../format/member-name.ts';
import {
  TAR_BLOCK_BYTES,
  numbersFitUstar,
  paddedBytes,
  tarHeaderBytes,
  ustarPathFits,
} from '../format/tar-header.ts';
import { FileListWriter } from './file-list.ts';
import type { PackFile } from './pack-task.ts';
import type { ShardColumns } from './shard-columns.ts';
import { UidSet } from './uid-set.ts';

interface FileRows {
  readonly rows: SealRows;
  readonly positions: Uint32Array;
  readonly sizeBytes: Float64Array;
  readonly columns: ShardColumns;
}

/**
 * The file members of a shard: names and lengths, found out one after another while the frames before them are packed.
 * A uid that stands in the shard already gets its created_at behind it.
 */
export class FileMembers {
  /** Tar bytes of each: headers, content, padding. Known once {@link measure} has passed it. */
  readonly bytes: Float64Array;
  readonly #files: FileRows;
  /** Paths that are more than `files/` and the uid; the others are never made as text. */
  readonly #encodedPaths = new Map<number, string>();
  readonly #seen: UidSet;

  constructor(files: FileRows) {
    this.#files = files;
    this.bytes = new Float64Array(files.positions.length);
    this.#seen = new UidSet(files.columns);
  }

  /** Adds the next file to the index and measures its member; to be called for each index in turn. */
  measure(index: number): number {
    const { rows, positions, sizeBytes, columns } = this.#files;
    columns.add(index, rows, positions[index]!);
    const repeated = this.#seen.add(index);
    const size = sizeBytes[index]!;
    const plain =
      !repeated && isPlainUid(columns.uidBytes, uidStart(columns, index), columns.uidEnds[index]!);
    if (!plain) {
      const createdAt = columns.createdAt[index] as Micros;
      this.#encodedPaths.set(index, memberPath(rows.uid(positions[index]!), repeated ? createdAt : null));
    }
    const short = plain && numbersFitUstar(size, secondsOf(columns.createdAt[index]!));
    const header = short ? TAR_BLOCK_BYTES : tarHeaderBytes(this.file(index));
    return (this.bytes[index] = header + paddedBytes(size));
  }

  file(index: number): PackFile {
    const { rows, positions } = this.#files;
    const uid = rows.uid(positions[index]!);
    const path = this.#encodedPaths.get(index) ?? `${FILES_FOLDER}${uid}`;
    return { ...this.#facts(index), path, fallbackPath: ustarPathFits(path) ? '' : digestPath(uid) };
  }

  /** @returns the files as file-list.ts has them, in the given memory if they fit. */
  list(from: number, to: number, memory: Buffer): Buffer {
    const { columns } = this.#files;
    const list = new FileListWriter(memory);
    for (let i = from; i < to; i++) {
      if (this.#encodedPaths.has(i)) {
        const file = this.file(i);
        list.add(file, file);
      } else {
        list.add(this.#facts(i), {
          uids: columns.uidBytes,
          from: uidStart(columns, i),
          to: columns.uidEnds[i]!,
        });
      }
    }
    return list.finish();
  }

  #facts(index: number): Omit<PackFile, 'path' | 'fallbackPath'> {
    const { rows, positions, sizeBytes, columns } = this.#files;
    const position = positions[index]!;
    return {
      location: rows.fileLocation(position),
      sizeBytes: sizeBytes[index]!,
      mtimeSeconds: secondsOf(columns.createdAt[index]!),
      sizeFromRow: rows.sizeBytes(position) !== null,
    };
  }
}

export function secondsOf(createdAtMicros: number): number {
  return Math.floor(createdAtMicros / MICROS_PER_SECOND);
}
