import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import { uidStart } from '../format/index-columns.ts';
import { FILES_FOLDER, digestPath, isPlainUid, memberPath } from '../format/member-name.ts';
import { numbersFitUstar, paddedBytes, tarHeaderBytes, ustarPathFits } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import { FileListWriter } from './file-list.ts';
import type { FileNumbers } from './file-list.ts';
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
  /** Paths of members whose headers are more than one plain block; the others are never made as text. */
  readonly #paths = new Map<number, string>();
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
      !repeated &&
      isPlainUid(columns.uidBytes, uidStart(columns, index), columns.uidEnds[index]!) &&
      numbersFitUstar(size, secondsOf(columns.createdAt[index]!));
    if (plain) return (this.bytes[index] = TAR_BLOCK_BYTES + paddedBytes(size));
    const createdAt = columns.createdAt[index] as Micros;
    this.#paths.set(index, memberPath(rows.uid(positions[index]!), repeated ? createdAt : null));
    return (this.bytes[index] = tarHeaderBytes(this.file(index)) + paddedBytes(size));
  }

  file(index: number): PackFile {
    const { rows, positions } = this.#files;
    const uid = rows.uid(positions[index]!);
    const path = this.#paths.get(index) ?? `${FILES_FOLDER}${uid}`;
    const fallbackPath = ustarPathFits(path) ? '' : digestPath(uid);
    return { ...this.#numbers(index), location: rows.fileLocation(positions[index]!), path, fallbackPath };
  }

  /** @returns the files as file-list.ts has them, in the given memory if they fit. */
  list(from: number, to: number, memory: Buffer): Buffer {
    const { rows, positions } = this.#files;
    const list = new FileListWriter(memory);
    for (let i = from; i < to; i++) {
      if (this.#paths.has(i)) list.add(this.file(i));
      else list.addPlain(this.#numbers(i), rows.bytes(positions[i]!));
    }
    return list.finish();
  }

  #numbers(index: number): FileNumbers {
    const { rows, positions, sizeBytes, columns } = this.#files;
    const position = positions[index]!;
    return {
      sizeBytes: sizeBytes[index]!,
      mtimeSeconds: secondsOf(columns.createdAt[index]!),
      sizeFromRow: rows.sizeBytes(position) !== null,
    };
  }
}

export function secondsOf(createdAtMicros: number): number {
  return Math.floor(createdAtMicros / MICROS_PER_SECOND);
}
