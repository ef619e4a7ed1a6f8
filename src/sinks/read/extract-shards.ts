import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';
import type { Sink } from '../sink.ts';
import { systemCode } from '../sink-fault.ts';
import { expectedMembers } from './expected-members.ts';
import { loadIndex } from './load-index.ts';
import { listManifests } from './manifests.ts';
import type { ManifestQuery } from './manifests.ts';
import { findNamingManifest } from './naming-manifest.ts';
import { frameRange, openShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';
import { TarCheck } from './tar-check.ts';

export interface ExtractProgress {
  readonly shards: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Unpacks shards into a folder: `<folder>/<shard name without .tar.zst>/rows.ndjson` and `…/files/<name>`. Each name
 * comes from the index, never from the tar header, and cannot leave its folder; each digest is checked.
 *
 * @param options.names shards; without them all that the manifests of the query name.
 * @throws TidemarkError ERR_SHARD_NOT_FOUND when no manifest names one of them, before anything is written; ERR_USAGE when a file to be written is there already, ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function extractShards(
  options: ManifestQuery & {
    readonly sink: Sink;
    readonly folder: string;
    readonly names?: readonly string[];
    readonly onProgress?: (progress: ExtractProgress) => void;
  },
): Promise<ExtractProgress> {
  const progress = { shards: 0, files: 0, bytes: 0 };
  for await (const name of shardNames(options)) {
    const reader = await openShard(options.sink, name);
    const folder = join(options.folder, name.replace(/\.tar\.zst$/, ''));
    await extractShard(reader, folder, (bytes, files) => {
      progress.bytes += bytes;
      progress.files += files;
      options.onProgress?.({ ...progress });
    });
    progress.shards++;
    options.onProgress?.({ ...progress });
  }
  return progress;
}

async function* shardNames(options: Parameters<typeof extractShards>[0]): AsyncGenerator<string> {
  if (options.names !== undefined) {
    for (const name of options.names) await requireNamed(options.sink, name);
    return yield* options.names;
  }
  for await (const { manifest } of listManifests(options.sink, options))
    for (const { name } of manifest.shards) yield name;
}

async function requireNamed(sink: Sink, name: string): Promise<void> {
  if ((await findNamingManifest(sink, name)) !== undefined) return;
  throw new TidemarkError('ERR_SHARD_NOT_FOUND', { detail: `no manifest on the sink names ${name}` });
}

async function extractShard(
  reader: ShardReader,
  folder: string,
  onBytes: (bytes: number, files: number) => void,
): Promise<void> {
  const tar = new TarCheck(expectedMembers(reader.layout.metadata, await loadIndex(reader)));
  await mkdir(folder, { recursive: true });
  if (reader.layout.metadata.payload === 'file') await mkdir(join(folder, 'files'), { recursive: true });
  const target = new Target();
  try {
    // The last frame is tar's end marker.
    for (let number = 0; number < reader.layout.frames.length - 1; number++) {
      for (const event of tar.push(await reader.readFrame(number), number)) {
        if (event.kind === 'damage')
          throw reader.corrupt(frameRange(reader.layout.frames.at(number)!), event.what);
        if (event.kind === 'begin') await target.begin(join(folder, event.member.path));
        if (event.kind === 'content') await target.write(event.bytes);
        if (event.kind === 'end') {
          await target.close();
          onBytes(event.member.sizeBytes, event.member.place === null ? 0 : 1);
        }
      }
    }
    for (const event of tar.finish())
      if (event.kind === 'damage') throw reader.corrupt(reader.layout.directoryRange, event.what);
  } finally {
    await target.close();
  }
}

/** The file that is being written. */
class Target {
  #handle: FileHandle | undefined;

  async begin(path: string): Promise<void> {
    try {
      this.#handle = await open(path, 'wx');
    } catch (cause) {
      if (systemCode(cause) !== 'EEXIST') throw cause;
      throw new TidemarkError('ERR_USAGE', {
        detail: `${path} is there already; nothing was overwritten`,
        remedy: `Extract into an empty folder, or move ${dirname(path)} away.`,
        cause,
      });
    }
  }

  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) at += (await this.#handle!.write(bytes, at)).bytesWritten;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
