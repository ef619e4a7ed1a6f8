import { createHash } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { failpoint } from '../../base/failpoint.ts';
import type { SinkFile, StoredFile } from '../sink.ts';
import { orSinkFault, systemCode } from '../sink-fault.ts';
import { publish } from './publish.ts';
import { replaceFile } from './replace-file.ts';

/** Written bytes are pushed to the disk this often, so that the sync at the end has little left to wait for. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;

/** A file under a temporary name, on its way to its own. */
export class DiskFile implements SinkFile {
  readonly #key: string;
  readonly #path: string;
  readonly #root: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #bytesUntilSync = SYNC_EVERY_BYTES;
  #syncing: Promise<void> | undefined;
  #open = true;

  private constructor(options: DiskFileOptions, handle: FileHandle) {
    this.#key = options.key;
    this.#path = options.path;
    this.#root = options.root;
    this.#temporary = options.temporary;
    this.#handle = handle;
  }

  static async create(options: DiskFileOptions): Promise<DiskFile> {
    return new DiskFile(options, await open(options.temporary, 'wx', 0o644));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await orSinkFault(`writing ${this.#key}`, async () => {
      this.#hash.update(bytes);
      for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at)).bytesWritten;
      this.#bytes += bytes.length;
      this.#bytesUntilSync -= bytes.length;
      if (this.#bytesUntilSync <= 0) await this.#beginSync();
    });
  }

  async #beginSync(): Promise<void> {
    this.#bytesUntilSync = SYNC_EVERY_BYTES;
    await this.#syncing;
    this.#syncing = this.#handle.datasync();
    // Its failure surfaces where it is awaited: here with the next one, or in finish.
    this.#syncing.catch(() => undefined);
  }

  async finish(): Promise<StoredFile> {
    return await orSinkFault(`storing ${this.#key}`, async () => {
      failpoint('shard:temp-written');
      await this.#sync();
      failpoint('shard:fsynced');
      await this.#close();
      const sha256 = this.#hash.digest('hex');
      const outcome = await publish({
        temporary: this.#temporary,
        path: this.#path,
        root: this.#root,
        key: this.#key,
        bytes: this.#bytes,
        sha256,
        namedFailpoint: 'shard:renamed',
        syncedFailpoint: 'shard:synced',
      });
      return { outcome, bytes: this.#bytes, sha256 };
    });
  }

  async replace(): Promise<StoredFile> {
    return await orSinkFault(`putting ${this.#key} back`, async () => {
      await this.#sync();
      await this.#close();
      await replaceFile({ temporary: this.#temporary, path: this.#path, root: this.#root });
      return { outcome: 'stored', bytes: this.#bytes, sha256: this.#hash.digest('hex') };
    });
  }

  async abort(): Promise<void> {
    await orSinkFault(`removing the beginning of ${this.#key}`, async () => {
      await this.#close();
      try {
        await unlink(this.#temporary);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    });
  }

  async #sync(): Promise<void> {
    await this.#syncing;
    await this.#handle.sync();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#syncing?.catch(() => undefined);
    await this.#handle.close();
  }
}

export interface DiskFileOptions {
  readonly key: string;
  readonly path: string;
  /** The sink's folder. */
  readonly root: string;
  readonly temporary: string;
}
