import { ROWS_MEMBER } from '../format/member-name.ts';
import { CorruptShard } from '../read/corrupt-shard.ts';
import { frameRange } from '../read/decode-frame.ts';
import type { Sink } from '../sink.ts';
import { FrameCursor } from './frame-cursor.ts';
import type { ContentPlace, Member, Piece, PlacedPiece, Unpacked } from './piece.ts';
import { TargetFolder } from './target-folder.ts';

const NEWLINE = Buffer.from('\n');

/**
 * Unpacks one piece of a shard. Every file is compared with its digest before it gets its name.
 *
 * @param options.resume what is there already, whole, is passed over without reading it from the shard.
 * @throws TidemarkError ERR_USAGE when another file is there, ERR_OUTPUT_UNAVAILABLE, ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function unpackPiece(
  { piece, target: place }: PlacedPiece,
  options: { readonly sink: Pick<Sink, 'readRange'>; readonly resume: boolean },
): Promise<Unpacked> {
  const { sink, resume } = options;
  const target = new TargetFolder(place);
  const { content } = piece;
  if (content.kind === 'lines') {
    const lines = linesOf(new FrameCursor(sink, piece, content.places), content.places);
    const { bytes } = await target.write(ROWS_MEMBER, lines, {
      check: () => undefined,
      mayBeThere: resume,
    });
    return { files: 0, bytes, passedOver: 0 };
  }
  const missing = resume ? content.members.filter((member) => !target.holds(member)) : content.members;
  const cursor = new FrameCursor(sink, piece, missing);
  for (const member of missing) {
    const check = ({ sha256 }: { readonly sha256: string }): void => {
      if (sha256 !== member.sha256) throw notItsDigest(piece, member);
    };
    const rules = { check, mayBeThere: false };
    const bytes = await cursor.inOneFrame(member);
    if (bytes === undefined) await target.write(member.path, cursor.read(member), rules);
    else target.writeWhole(member.path, bytes, rules);
  }
  const files = content.members.filter(({ path }) => path !== ROWS_MEMBER).length;
  const bytes = content.members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { files, bytes, passedOver: content.members.length - missing.length };
}

async function* linesOf(cursor: FrameCursor, places: readonly ContentPlace[]): AsyncGenerator<Buffer> {
  for (const place of places) {
    yield* cursor.read(place);
    yield NEWLINE;
  }
}

function notItsDigest({ shard, frames, firstFrame }: Piece, { path, frame }: Member): CorruptShard {
  const range = frameRange(frames[frame - firstFrame]!);
  return new CorruptShard({
    shard,
    range,
    what: `${JSON.stringify(path)} has not the digest of the index`,
  });
}
