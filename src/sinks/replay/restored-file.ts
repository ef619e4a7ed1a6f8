import { createHash } from 'node:crypto';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink, SinkFile, StoredFile } from '../sink.ts';

/**
 * Puts a missing or damaged shard back: what is written takes the shard's name only when it has the manifest's digest.
 * A damaged shard stays beside it under another name.
 */
export class RestoredFile implements SinkFile {
  readonly #expected: ShardInfo;
  readonly #file: SinkFile;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(options: { expected: ShardInfo; file: SinkFile }) {
    this.#expected = options.expected;
    this.#file = options.file;
  }

  static async create(sink: Sink, expected: ShardInfo): Promise<RestoredFile> {
    return new RestoredFile({ expected, file: await sink.createFile(expected.name) });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#file.write(bytes);
  }

  /** @returns the digest of what was written, whether it took the name or not. */
  async finish(): Promise<StoredFile> {
    const sha256 = this.#hash.digest('hex');
    const isExpected = sha256 === this.#expected.sha256 && this.#bytes === this.#expected.bytes;
    if (!isExpected) {
      await this.#file.abort();
      return { outcome: 'present', bytes: this.#bytes, sha256 };
    }
    return await this.#file.replace();
  }

  replace(): Promise<StoredFile> {
    return this.finish();
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }
}
