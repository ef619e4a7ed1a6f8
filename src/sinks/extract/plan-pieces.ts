import { ROWS_MEMBER } from '../format/member-name.ts';
import type { NamedEntry } from '../read/expected-members.ts';
import { namedEntries, rowsContentFrom } from '../read/expected-members.ts';
import type { FrameTable } from '../read/frame-table.ts';
import { loadIndex } from '../read/load-index.ts';
import type { ShardReader } from '../read/shard-reader.ts';
import { chooseEntries } from './choose-entries.ts';
import { lastFrameOf } from './last-frame.ts';
import type { ContentPlace, Member, Piece } from './piece.ts';
import { choosesAll } from './selection.ts';
import type { Selection } from './selection.ts';

/** Enough work to be worth a thread's call, little enough that all threads end at nearly the same time. */
const PIECE_BYTES = 8 * 1024 * 1024;
const PIECE_FILES = 2_000;

/**
 * Divides what is chosen of a shard into pieces.
 *
 * @throws CorruptShard
 */
export async function* planPieces(reader: ShardReader, selection: Selection): AsyncGenerator<Piece> {
  const { metadata, frames, seekTableRange } = reader.layout;
  const pieceOf = (places: readonly ContentPlace[], content: Piece['content']): Piece => {
    const firstFrame = places[0]!.frame;
    const lastFrame = places.reduce((last, place) => Math.max(last, lastFrameOf(place, frames)), firstFrame);
    const needed = Array.from({ length: lastFrame - firstFrame + 1 }, (_, i) => frames.at(firstFrame + i));
    const present = needed.filter((frame) => frame !== undefined);
    if (present.length < needed.length)
      throw reader.corrupt(reader.layout.directoryRange, 'the index points past the last frame');
    return { shard: reader.name, firstFrame, frames: present, seekTableRange, content };
  };
  if (metadata.payload === 'row' && !choosesAll(selection)) {
    const places = (await chooseEntries(reader, selection)).map(placeOf);
    if (places.length > 0) yield pieceOf(places, { kind: 'lines', places });
    return;
  }
  const members = choosesAll(selection)
    ? allMembers(reader, metadata.payload === 'file' ? await loadIndex(reader) : [])
    : (await chooseEntries(reader, selection)).map(memberOf);
  for (const some of cutMembers(members, frames)) yield pieceOf(some, { kind: 'files', members: some });
}

function* allMembers(reader: ShardReader, pages: Parameters<typeof namedEntries>[0]): Generator<Member> {
  const { metadata } = reader.layout;
  yield {
    ...{ path: ROWS_MEMBER, sha256: metadata.rowsSha256, sizeBytes: metadata.rowsBytes },
    ...{ frame: 0, frameOffset: rowsContentFrom(metadata) },
  };
  for (const entry of namedEntries(pages)) yield memberOf(entry);
}

function memberOf(entry: NamedEntry): Member {
  const { page, at, path } = entry;
  // Every entry of `payload: file` has one: a page of the other kind is refused when it is read.
  const sha256 = page.sha256?.toString('hex', 32 * at, 32 * (at + 1)) ?? '';
  return { path, sha256, ...placeOf(entry) };
}

export function placeOf({ page, at }: NamedEntry): ContentPlace {
  return { frame: page.frame[at]!, frameOffset: page.frameOffset[at]!, sizeBytes: page.sizeBytes[at]! };
}

/** Cuts only where a new frame begins. */
export function* cutMembers(members: Iterable<Member>, frames: Pick<FrameTable, 'at'>): Generator<Member[]> {
  let some: Member[] = [];
  let [bytes, lastFrame] = [0, -1];
  for (const member of members) {
    if (member.frame > lastFrame && (bytes >= PIECE_BYTES || some.length >= PIECE_FILES)) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(member);
    bytes += member.sizeBytes;
    lastFrame = Math.max(lastFrame, lastFrameOf(member, frames));
  }
  if (some.length > 0) yield some;
}
