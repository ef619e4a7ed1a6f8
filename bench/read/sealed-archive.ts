import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Events } from '../../src/base/event-map.ts';
import type { ShardInfo } from '../../src/model/shard.ts';
import { openSink } from '../../src/sinks/open-sink.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import { WINDOW_START, request, sealerDefaults } from '../../test/sinks/support/seal-request.ts';
import type { TestRow } from '../../test/sinks/support/seal-rows.ts';
import { makeCorpus } from '../pack/corpus.ts';

const MEMORY = '/dev/shm';

/** An archive to read, with a folder for what is made of it. */
export interface SealedArchive {
  readonly work: string;
  readonly url: string;
  /** Paths of the shards. */
  readonly paths: readonly string[];
  readonly shards: readonly ShardInfo[];
  readonly rows: readonly TestRow[];
  /** Of the files, before packing. */
  readonly megabytes: number;
}

/** Packs a corpus of real text with the usual limits, runs the work on it, and removes everything. */
export async function withSealedArchive<T>(
  options: {
    readonly files: number;
    readonly fileBytes: number;
    /** Different files; they repeat under many names. Default: all of them. */
    readonly distinct?: number;
    /** Of one shard; default as configured. */
    readonly filesMax?: number;
    /**
     * In memory where there is a folder of it: a file system such as ext4 is many times slower in creating files for some
     * minutes after as many were removed, which is about all that would be measured.
     */
    readonly inMemory?: boolean;
  },
  use: (archive: SealedArchive) => Promise<T>,
): Promise<T> {
  const { files, fileBytes, distinct = files } = options;
  const parent = options.inMemory === true && existsSync(MEMORY) ? MEMORY : tmpdir();
  const work = mkdtempSync(join(parent, 'tidemark-bench-read-'));
  try {
    const corpus = makeCorpus({ folder: join(work, 'source'), files: distinct, fileBytes });
    const rows = Array.from({ length: files }, (_, i) => ({
      uid: createHash('md5').update(String(i)).digest('hex'),
      createdAt: WINDOW_START + 1 + i,
      fileLocation: corpus.paths[i % distinct]!,
      sizeBytes: fileBytes,
    }));
    const folder = join(work, 'archive');
    mkdirSync(folder);
    const url = `file://${folder}`;
    const sealer = createSealer({
      ...sealerDefaults({ sink: openSink(url), root: corpus.folder, events: new Events() }),
      ...(options.filesMax === undefined ? {} : { filesMax: options.filesMax, bytesMax: 4 * 1024 ** 3 }),
      workers: availableParallelism(),
    });
    const { manifest } = await sealer.seal(request(rows), new AbortController().signal);
    await sealer.close();
    rmSync(corpus.folder, { recursive: true, force: true });
    const paths = manifest.shards.map(({ name }) => join(folder, name));
    return await use({
      work,
      url,
      paths,
      shards: manifest.shards,
      rows,
      megabytes: (files * fileBytes) / 1e6,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
