/**
 * One folder or bucket of immutable files. What a put returns is durable: it survives a power cut.
 *
 * Names are keys with `/` between segments. A name is written once: putting other bytes under it fails with
 * ERR_SHARD_CONFLICT, putting the same bytes again is a success. Every other failure to read or write is
 * ERR_SINK_UNAVAILABLE with its cause.
 */
export interface Sink {
  /** Its address. */
  readonly url: string;
  /** Proves that the sink can be written, by writing. */
  check(): Promise<void>;
  /** Removes what dead writers left half written. @returns how many files. */
  sweep(): Promise<number>;
  /** Begins a file whose length is not known yet; nothing stands under the name until `finish`. */
  createFile(name: string): Promise<SinkFile>;
  /** Puts a small file, such as a manifest, in one call. */
  putObject(name: string, bytes: Uint8Array): Promise<PutOutcome>;
  /** @returns bytes, or null when there is no such file. */
  size(name: string): Promise<number | null>;
  /**
   * Reads exactly these bytes.
   *
   * @param memory what they may be read into when it is long enough; the sink may take other.
   * @throws TidemarkError ERR_SHARD_CORRUPT when the file is missing or ends before them.
   */
  readRange(name: string, range: ByteRange, memory?: Buffer): Promise<Buffer>;
  /** Makes a file that is there, and its name, as durable as a put does. */
  settle(name: string): Promise<void>;
  /** Names that begin with the prefix, in the order of their UTF-8 bytes. */
  list(prefix: string): AsyncIterable<string>;
  /** Next segments below a prefix that ends with `/` (or is empty) and have something below them, in order, without `/`. */
  listFolders(prefix: string): AsyncIterable<string>;
}

/** A stretch of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** `present`: a file of this name with the same bytes was there already. */
export type PutOutcome = 'stored' | 'present';

/** A file on its way into a sink. */
export interface SinkFile {
  /** Takes the next bytes; the buffer is the caller's again when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable under its name. */
  finish(): Promise<StoredFile>;
  /**
   * Makes the file durable under its name in place of what stands there, in one step; that stays beside it, under a
   * name that no reader looks for. Only for a damaged shard whose very bytes these are.
   */
  replace(): Promise<StoredFile>;
  /** Throws away what was written. Does nothing after `finish` or `replace`. */
  abort(): Promise<void>;
}

/** A file that is durable. */
export interface StoredFile {
  readonly outcome: PutOutcome;
  readonly bytes: number;
  /** Lower-case hex of the whole file. */
  readonly sha256: string;
}
