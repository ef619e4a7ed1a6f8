import type { Micros } from '../../model/micros.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { uidAt } from '../format/index-columns.ts';
import { memberPath } from '../format/member-name.ts';
import { entryLines } from '../read/entry-lines.ts';
import { namedEntries } from '../read/expected-members.ts';
import type { NamedEntry } from '../read/expected-members.ts';
import { loadIndex } from '../read/load-index.ts';
import { firstNotBelow, lastPageBefore } from '../read/page-search.ts';
import type { ShardReader } from '../read/shard-reader.ts';
import { choosesKey, namesColumn } from './selection.ts';
import type { NamePattern, Selection } from './selection.ts';
import type { WantedUids } from './wanted-uids.ts';

/**
 * The entries of a shard that are chosen, in the order of the tar stream. Reads only the index pages in which wanted
 * uids can stand, unless they are many or names are asked for; rows are read only for names that no path has.
 *
 * @throws CorruptShard
 */
export async function chooseEntries(reader: ShardReader, selection: Selection): Promise<NamedEntry[]> {
  const { uids, name } = selection;
  const isFew = uids !== undefined && uids.sorted.length < reader.layout.metadata.rows;
  const all =
    isFew && name === undefined ? await searchedEntries(reader, uids) : await scannedEntries(reader);
  const named = name === undefined ? all : await entriesNamed(reader, all, name);
  const chosen = named.filter(({ uid, createdAt }) => choosesKey(selection, uid, createdAt));
  if (uids !== undefined) for (const { uid, createdAt } of chosen) uids.note(uid, createdAt);
  return chosen;
}

async function scannedEntries(reader: ShardReader): Promise<NamedEntry[]> {
  return [...namedEntries(await loadIndex(reader))];
}

/** Every entry of the wanted uids, whatever its time. */
async function searchedEntries(reader: ShardReader, uids: WantedUids): Promise<NamedEntry[]> {
  const { pages } = reader.layout.directory;
  const found: NamedEntry[] = [];
  let last: { readonly number: number; readonly columns: IndexColumns } | undefined;
  for (const { uid, bytes } of uids.sorted) {
    let isRepeated = false;
    for (let number = lastPageBefore(pages, bytes); number < pages.length; number++) {
      if (pages.at(number).firstUid.compare(bytes) > 0) break;
      if (last?.number !== number) last = { number, columns: await reader.readPage(number) };
      const { columns: page } = last;
      for (let at = firstNotBelow(page, bytes); at < page.count; at++) {
        if (!uidAt(page, at).equals(bytes)) break;
        const createdAt = page.createdAt[at]! as Micros;
        found.push({ page, at, uid, createdAt, path: memberPath(uid, isRepeated ? createdAt : null) });
        isRepeated = true;
      }
    }
  }
  return found.sort(
    (a, b) =>
      a.page.frame[a.at]! - b.page.frame[b.at]! || a.page.frameOffset[a.at]! - b.page.frameOffset[b.at]!,
  );
}

async function entriesNamed(
  reader: ShardReader,
  entries: readonly NamedEntry[],
  pattern: NamePattern,
): Promise<NamedEntry[]> {
  const hasPaths = reader.layout.metadata.payload === 'file';
  const byPath = (entry: NamedEntry): boolean => hasPaths && pattern.matches(entry.path);
  // No row needs to be read for a pattern that all paths match, such as `files/**`.
  if (entries.every(byPath)) return [...entries];
  const named: NamedEntry[] = [];
  for await (const rows of entryLines(reader, entries))
    for (const [entry, line] of rows) if (byPath(entry) || namesColumn(pattern, line)) named.push(entry);
  return named;
}
