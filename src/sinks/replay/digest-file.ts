import { createHash } from 'node:crypto';
import type { SinkFile, StoredFile } from '../sink.ts';

/** A file that is only measured: packing into it writes nothing anywhere. */
export class DigestFile implements SinkFile {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    return Promise.resolve();
  }

  finish(): Promise<StoredFile> {
    return Promise.resolve({ outcome: 'present', bytes: this.#bytes, sha256: this.#hash.digest('hex') });
  }

  replace(): Promise<StoredFile> {
    return this.finish();
  }

  abort(): Promise<void> {
    return Promise.resolve();
  }
}
