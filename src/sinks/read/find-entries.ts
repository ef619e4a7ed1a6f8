import { uidAt } from '../format/index-columns.ts';
import type { IndexColumns, IndexEntry } from '../format/index-columns.ts';
import type { PageTable } from '../format/directory.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import { entryAt, firstNotBelow, lastPageBefore } from './page-search.ts';

/** An index that is read page by page. */
interface PagedIndex {
  readonly layout: { readonly directory: { readonly pages: PageTable } };
  readPage(number: number): Promise<IndexColumns>;
}

/** Where an entry stands in the index. */
export interface FoundEntry {
  /** Number of its page. */
  readonly page: number;
  readonly entry: IndexEntry;
}

/** Every entry of a uid, in the order of created_at; reads one page, or as many as are full of it. */
export async function* findEntries(index: PagedIndex, uid: string): AsyncGenerator<FoundEntry> {
  const wanted = uidToBytes(uid);
  const { pages } = index.layout.directory;
  for (let i = lastPageBefore(pages, wanted); i < pages.length; i++) {
    if (pages.at(i).firstUid.compare(wanted) > 0) return;
    const columns = await index.readPage(i);
    for (let at = firstNotBelow(columns, wanted); at < columns.count; at++) {
      if (!uidAt(columns, at).equals(wanted)) break;
      yield { page: i, entry: entryAt(columns, at) };
    }
  }
}
