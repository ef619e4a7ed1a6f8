import type { ObjectReader } from '../s3/object-reader.ts';
import type { SourceBuckets } from '../s3/source-buckets.ts';
import { isObjectLocation, objectPlace } from './object-place.ts';
import { closeSource, isSourceProblem, isUnchanged, openSource, readFully, stampOf } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { orProblem } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';

/** A source file that is read from some byte on, wherever it stands. */
export interface OpenFile {
  /** Of all of it. */
  readonly sizeBytes: number;
  /** Equal for all who read one state of the file. */
  readonly stamp: string;
  /** Takes the next bytes. @returns less than was asked for only where the file ends. */
  read(target: Uint8Array, at: number, length: number): number | Promise<number>;
  /** To be asked behind the last byte that was wanted: whether all of them are of one state, and none follows the last. */
  isWhole(): boolean | Promise<boolean>;
}

export interface FileWish {
  readonly location: string | null;
  /** Null: all of it. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly pin: string | null;
  /** Whether an object is gone on with where its answer broke off, or read again from the first byte. */
  readonly resumes: boolean;
  readonly signal: AbortSignal;
}

/** Where source files may stand. */
export interface FilePlaces {
  readonly roots: readonly string[];
  readonly buckets: SourceBuckets;
}

/**
 * Reads a source file.
 *
 * @param reading may be called again from the beginning when an object's answer broke off.
 * @throws for what may pass; the signal's reason.
 */
export async function readSource<T>(
  wish: FileWish,
  { roots, buckets }: FilePlaces,
  reading: (file: OpenFile) => Promise<T>,
): Promise<T | SourceProblem> {
  const { location, range } = wish;
  if (location !== null && isObjectLocation(location)) {
    const place = objectPlace(location, buckets.addresses);
    if ('reason' in place) return place;
    return await orProblem(() =>
      buckets.read({ ...wish, ...place }, (reader) => reading(new OpenObject(reader))),
    );
  }
  const source = openSource(location, roots);
  if (isSourceProblem(source)) return source;
  try {
    return await reading(new OpenFolderFile(source, range?.from ?? 0));
  } finally {
    closeSource(source);
  }
}

class OpenFolderFile implements OpenFile {
  readonly stamp: string;
  readonly sizeBytes: number;
  readonly #source: SourceFile;
  #position: number;

  constructor(source: SourceFile, from: number) {
    this.#source = source;
    this.sizeBytes = source.sizeBytes;
    this.stamp = stampOf(source);
    this.#position = from;
  }

  read(target: Uint8Array, at: number, length: number): number {
    const read = readFully(this.#source.fd, target, at, length, this.#position);
    this.#position += read;
    return read;
  }

  isWhole(): boolean {
    const behind = readFully(this.#source.fd, new Uint8Array(1), 0, 1, this.sizeBytes);
    return behind === 0 && isUnchanged(this.#source);
  }
}

class OpenObject implements OpenFile {
  readonly #reader: ObjectReader;

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  get sizeBytes(): number {
    return this.#reader.sizeBytes;
  }

  get stamp(): string {
    return this.#reader.etag;
  }

  async read(target: Uint8Array, at: number, length: number): Promise<number> {
    const read = Math.min(length, this.#reader.left);
    await this.#reader.read(target, at, read);
    return read;
  }

  async isWhole(): Promise<boolean> {
    await this.#reader.finish();
    return true;
  }
}
