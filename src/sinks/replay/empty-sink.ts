import type { ByteRange, PutOutcome, Sink, SinkFile } from '../sink.ts';

/**
 * A sink on which nothing stands: a seal that is packed into it finds no shard of an earlier try to take over, so it is
 * really packed. What it stores goes where the caller says.
 */
export class EmptySink implements Sink {
  readonly url = 'replay:';
  readonly #createFile: () => Promise<SinkFile>;

  constructor(createFile: () => Promise<SinkFile>) {
    this.#createFile = createFile;
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  createFile(): Promise<SinkFile> {
    return this.#createFile();
  }

  putObject(): Promise<PutOutcome> {
    return Promise.reject(new Error('a replay writes no manifest'));
  }

  size(): Promise<null> {
    return Promise.resolve(null);
  }

  readRange(name: string, range: ByteRange): Promise<Buffer> {
    return Promise.reject(new Error(`nothing to read: ${name} from ${range.offset} on`));
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  async *list(): AsyncGenerator<string> {
    // Nothing.
  }

  async *listFolders(): AsyncGenerator<string> {
    // Nothing.
  }
}
