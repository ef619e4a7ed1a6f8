import { lineBatches } from './line-batches.ts';
import type { ShardReader } from './shard-reader.ts';

/**
 * The rows of a shard with what the index has of each: a list for each piece of `rows.ndjson` that is read.
 *
 * @param entries all of the index, in the order of the tar stream.
 * @throws CorruptShard also when there are more or fewer rows than entries.
 */
export async function* entryLines<T>(
  reader: ShardReader,
  entries: readonly T[],
): AsyncGenerator<(readonly [T, Buffer])[]> {
  let next = 0;
  for await (const lines of lineBatches(reader.readRows())) {
    if (next + lines.length > entries.length) break;
    const from = next;
    yield lines.map((line, i) => [entries[from + i]!, line] as const);
    next += lines.length;
  }
  if (next !== entries.length)
    throw reader.corrupt(reader.layout.directoryRange, 'rows.ndjson has not as many lines as the index');
}
