import { createHash } from 'node:crypto';

const ID_LENGTH_MAX = 1_024;

/** More than the events of any two transactions that can overlap. */
const REMEMBERED_MAX = 10_000;

/**
 * Tells a CloudEvent that has been seen from a new one, by its id.
 *
 * KafkaJS 2.2.4 reads the list of aborted transactions as if it were sorted by where they began, and enters at most
 * one of them a message. Where transactions of several producers overlap, as on `<name>.shards`, an aborted one may
 * come through; its events have the same ids as those of the try that succeeded
 * (docs/decisions/0024-kafkajs-and-aborted-transactions.md).
 */
export class RecentEvents {
  readonly #ids = new Set<string>();

  isNew(json: string): boolean {
    const id = idOf(json);
    if (id === undefined) return true;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED_MAX) this.#ids.delete(this.#ids.values().next().value!);
    return true;
  }
}

/** What is no CloudEvent has no id and is always new. */
function idOf(json: string): string | undefined {
  try {
    const { id } = JSON.parse(json) as { id?: unknown };
    if (typeof id !== 'string') return undefined;
    // Ours are names of shards; one of a megabyte, times ten thousand, would fill the memory.
    return id.length <= ID_LENGTH_MAX ? id : createHash('sha256').update(id).digest('hex');
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
