import { LRUCache } from 'lru-cache';

/** What was read and may be asked for again, bounded in bytes; what was not used for longest goes first. */
export class ByteCache {
  readonly #values: LRUCache<string, object>;
  /** Asked for once by however many wait for it. */
  readonly #loading = new Map<string, Promise<object>>();

  constructor(options: { readonly bytesMax: number }) {
    this.#values = new LRUCache({ maxSize: options.bytesMax });
  }

  get bytes(): number {
    return this.#values.calculatedSize;
  }

  /**
   * @param options.isUsable false for a value that must be read again.
   * @param options.bytesOf the memory that a value holds; one larger than the cache is handed out and not kept.
   */
  async get<T extends object>(
    key: string,
    options: {
      readonly load: () => Promise<T>;
      readonly bytesOf: (value: T) => number;
      readonly isUsable?: (value: T) => boolean;
    },
  ): Promise<T> {
    const { load, bytesOf, isUsable = () => true } = options;
    const known = this.#values.get(key) as T | undefined;
    if (known !== undefined && isUsable(known)) return known;
    let loading = this.#loading.get(key) as Promise<T> | undefined;
    if (loading === undefined) {
      loading = this.#load(key, load, bytesOf);
      this.#loading.set(key, loading);
    }
    return await loading;
  }

  async #load<T extends object>(
    key: string,
    load: () => Promise<T>,
    bytesOf: (value: T) => number,
  ): Promise<T> {
    try {
      const value = await load();
      this.#values.set(key, value, { size: ENTRY_BYTES + key.length + bytesOf(value) });
      return value;
    } finally {
      this.#loading.delete(key);
    }
  }
}

/** What an entry takes besides its value, about. */
const ENTRY_BYTES = 200;
