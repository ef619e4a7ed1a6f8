import { link, open, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { TidemarkError } from '../../base/errors.ts';
import { failpoint } from '../../base/failpoint.ts';
import type { ByteRange, PutOutcome, Sink, SinkFile } from '../sink.ts';
import { orSinkFault, systemCode } from '../sink-fault.ts';
import { DiskFile } from './disk-file.ts';
import { makeFolderDurably, syncFile, syncUpTo } from './durable-folder.ts';
import { TEMPORARY_FOLDER } from '../sink-name.ts';
import { keyPath } from './key-path.ts';
import { listFolderNames, listKeys } from './list-keys.ts';
import { publish } from './publish.ts';
import { sweepTemporaryFiles, temporaryName } from './temporary-file.ts';

/** A folder of a POSIX file system with hard links. */
export class DiskSink implements Sink {
  readonly url: string;
  readonly #folder: string;
  readonly #temporaryFolder: string;

  constructor(options: { readonly folder: string; readonly url: string }) {
    this.url = options.url;
    this.#folder = resolve(options.folder);
    this.#temporaryFolder = join(this.#folder, TEMPORARY_FOLDER);
  }

  async check(): Promise<void> {
    await orSinkFault(`trying to write in ${this.#folder}`, async () => {
      const probe = await this.#temporaryPath();
      const linked = `${probe}.link`;
      try {
        await writeFile(probe, 'tidemark', { flag: 'wx', flush: true });
        await link(probe, linked);
        await unlink(linked);
      } finally {
        await removeIfThere(probe);
      }
    });
  }

  async sweep(): Promise<number> {
    return await orSinkFault('sweeping temporary files', () => sweepTemporaryFiles(this.#temporaryFolder));
  }

  async createFile(key: string): Promise<SinkFile> {
    const path = keyPath(this.#folder, key);
    return await orSinkFault(`creating ${key}`, async () =>
      DiskFile.create({ key, path, root: this.#folder, temporary: await this.#temporaryPath() }),
    );
  }

  async putObject(key: string, bytes: Uint8Array): Promise<PutOutcome> {
    const path = keyPath(this.#folder, key);
    return await orSinkFault(`storing ${key}`, async () => {
      const temporary = await this.#temporaryPath();
      try {
        await writeFile(temporary, bytes, { flag: 'wx', mode: 0o644, flush: true });
        failpoint('manifest:fsynced');
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return await publish({
          temporary,
          path,
          root: this.#folder,
          key,
          bytes: bytes.length,
          sha256,
          namedFailpoint: 'manifest:renamed',
          syncedFailpoint: 'manifest:written',
        });
      } catch (error) {
        // The first failure is the one to tell; what cannot be removed now is swept at the next start.
        await removeIfThere(temporary).catch(() => undefined);
        throw error;
      }
    });
  }

  async size(key: string): Promise<number | null> {
    const path = keyPath(this.#folder, key);
    return await orSinkFault(`looking for ${key}`, async () => {
      try {
        const status = await stat(path);
        return status.isFile() ? status.size : null;
      } catch (error) {
        if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null;
        throw error;
      }
    });
  }

  async readRange(key: string, range: ByteRange, memory?: Buffer): Promise<Buffer> {
    const path = keyPath(this.#folder, key);
    return await orSinkFault(`reading ${key}`, async () => {
      const handle = await openForReading(path, key);
      try {
        const { size } = await handle.stat();
        if (range.offset + range.length > size)
          throw new TidemarkError('ERR_SHARD_CORRUPT', {
            detail: `${key} ends at byte ${size}, before byte ${range.offset + range.length}`,
          });
        const fits = memory !== undefined && memory.length >= range.length;
        const buffer = fits ? memory.subarray(0, range.length) : Buffer.allocUnsafe(range.length);
        for (let at = 0; at < range.length;) {
          const { bytesRead } = await handle.read(buffer, at, range.length - at, range.offset + at);
          if (bytesRead === 0)
            throw new TidemarkError('ERR_SHARD_CORRUPT', {
              detail: `${key} became shorter while it was read`,
            });
          at += bytesRead;
        }
        return buffer;
      } finally {
        await handle.close();
      }
    });
  }

  async settle(key: string): Promise<void> {
    const path = keyPath(this.#folder, key);
    await orSinkFault(`syncing ${key}`, async () => {
      await syncFile(path);
      await syncUpTo(this.#folder, dirname(path));
    });
  }

  async *list(prefix: string): AsyncGenerator<string> {
    if (prefix.split('/').includes('..')) return;
    const keys = listKeys(this.#folder, prefix);
    for (;;) {
      const next = await orSinkFault(`listing ${prefix}`, () => keys.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  async *listFolders(prefix: string): AsyncGenerator<string> {
    if (prefix.split('/').includes('..')) return;
    const names = listFolderNames(this.#folder, prefix);
    for (;;) {
      const next = await orSinkFault(`listing ${prefix}`, () => names.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  async #temporaryPath(): Promise<string> {
    await makeFolderDurably(this.#temporaryFolder, this.#folder);
    return join(this.#temporaryFolder, temporaryName());
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

async function openForReading(path: string, key: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new TidemarkError('ERR_SHARD_CORRUPT', { detail: `${key} is missing`, cause: error });
    throw error;
  }
}
