import { hash } from 'node:crypto';
import { DIGEST_BYTES } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { paddedBytes } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import { expectedMember, expectedRows } from './expected-members.ts';
import type { ExpectedMember } from './expected-members.ts';
import { PlainHeader, areZeros } from './plain-header.ts';
import { tarColumns } from './tar-columns.ts';
import type { TarColumns } from './tar-columns.ts';

/** `rows.ndjson` is the first member. */
const ROWS = 1;
/** Digests that are made a text at once. */
const DIGESTS = 1024;

/** The members that follow from metadata and index, in the order of the tar stream. */
export class MemberSequence {
  readonly #metadata: ShardMetadata;
  readonly #entries: TarColumns;
  readonly #columns: IndexColumns;
  /** Position of the next one; -1 is `rows.ndjson`. */
  #next = -ROWS;
  readonly #header = new PlainHeader();
  /** Of the files from `#digestsFrom` on, end to end. */
  #digests = '';
  #digestsFrom = -1;
  /** What each member takes, filled as it goes by. */
  readonly memberBytes: Float64Array;

  constructor(metadata: ShardMetadata, pages: readonly IndexColumns[]) {
    this.#metadata = metadata;
    this.#entries = tarColumns(metadata.payload === 'file' ? pages : []);
    this.#columns = this.#entries.columns;
    this.memberBytes = new Float64Array(ROWS + this.#columns.count);
  }

  next(): ExpectedMember | undefined {
    if (this.#next >= this.#columns.count) return undefined;
    const position = this.#next;
    const member = position < 0 ? expectedRows(this.#metadata) : expectedMember(this.#entries, position);
    this.#pass(member.header.length + member.sizeBytes + member.paddingBytes);
    return member;
  }

  /**
   * Passes over the next members as far as each is a usual one, stands whole in this frame and is right; with many small
   * files this is most of the work. What it does not pass has to be looked at by {@link next}, which tells what is wrong.
   *
   * @returns the position behind them.
   */
  passWhole(content: Buffer, frame: number, from: number): number {
    const { count, sizeBytes } = this.#columns;
    let at = from;
    // Of the last one passed, which is compared together with the header behind it.
    let padding = 0;
    while (this.#next >= 0 && this.#next < count && this.#isWhole(content, frame, at, padding)) {
      const size = sizeBytes[this.#next]!;
      padding = paddedBytes(size) - size;
      const bytes = TAR_BLOCK_BYTES + size + padding;
      at += bytes;
      this.#pass(bytes);
    }
    if (areZeros(content, at - padding, at)) return at;
    this.#next--;
    return at - this.memberBytes[ROWS + this.#next]!;
  }

  #pass(bytes: number): void {
    this.memberBytes[ROWS + this.#next] = bytes;
    this.#next++;
  }

  /** False when the next member is not whole, not usual, or not right. */
  #isWhole(content: Buffer, frame: number, at: number, padding: number): boolean {
    const { sizeBytes, frame: frames, frameOffset } = this.#columns;
    const next = this.#next;
    const size = sizeBytes[next]!;
    const begin = at + TAR_BLOCK_BYTES;
    if (begin + paddedBytes(size) > content.length) return false;
    if (frames[next] !== frame || frameOffset[next] !== begin || this.#entries.repeated[next] === 1)
      return false;
    if (!this.#header.write(this.#columns, next) || !this.#header.standsBefore(content, begin, padding))
      return false;
    // As texts: a buffer for each would cost half as much again.
    return hash('sha256', content.subarray(begin, begin + size), 'binary') === this.#digest(next);
  }

  #digest(position: number): string {
    const from = position - (position % DIGESTS);
    if (from !== this.#digestsFrom) {
      this.#digestsFrom = from;
      const to = DIGEST_BYTES * (from + DIGESTS);
      this.#digests = this.#columns.sha256!.toString('binary', DIGEST_BYTES * from, to);
    }
    const at = DIGEST_BYTES * (position - from);
    return this.#digests.slice(at, at + DIGEST_BYTES);
  }
}
