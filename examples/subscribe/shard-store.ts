import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';

/** One shard, and the position of its delivery: written in one step. */
export interface StoredShard {
  readonly position: string;
  readonly id: string;
  readonly name: string;
  readonly uids: readonly string[];
}

/** A file of one line a shard. A line that a crash has cut off was never there. */
export class ShardStore {
  readonly #file: number;
  readonly #ids = new Set<string>();
  #position: string | null = null;

  constructor(path: string) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    for (const { id, position } of storedShards(whole)) {
      this.#ids.add(id);
      this.#position = position;
    }
    this.#file = openSync(path, 'a');
  }

  /** Of the last shard; null before the first. */
  get position(): string | null {
    return this.#position;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(shard: StoredShard): void {
    writeSync(this.#file, `${JSON.stringify(shard)}\n`);
    fdatasyncSync(this.#file);
    this.#ids.add(shard.id);
    this.#position = shard.position;
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function storedShards(text: string): StoredShard[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as StoredShard);
}
