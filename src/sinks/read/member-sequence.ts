import { hash } from 'node:crypto';
import { MICROS_PER_SECOND } from '../../model/micros.ts';
import { uidStart } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { isPlainUid } from '../format/member-name.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { numbersFitUstar, paddedBytes } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES, writePlainHeader } from '../format/ustar-block.ts';
import { expectedMember, expectedRows } from './expected-members.ts';
import type { ExpectedMember } from './expected-members.ts';
import { TarOrder } from './tar-order.ts';

const ZEROS = Buffer.alloc(TAR_BLOCK_BYTES);

/** The members that follow from metadata and index, in the order of the tar stream. */
export class MemberSequence {
  readonly #metadata: ShardMetadata;
  readonly #order: TarOrder;
  /** Position of the next one; -1 is `rows.ndjson`. */
  #next = -1;
  readonly #header = Buffer.alloc(TAR_BLOCK_BYTES);
  /** What each member takes, as it goes by. */
  readonly memberBytes: number[] = [];

  constructor(metadata: ShardMetadata, pages: readonly IndexColumns[]) {
    this.#metadata = metadata;
    this.#order = new TarOrder(metadata.payload === 'file' ? pages : []);
  }

  next(): ExpectedMember | undefined {
    if (this.#next >= this.#order.count) return undefined;
    const position = this.#next++;
    const member = position < 0 ? expectedRows(this.#metadata) : expectedMember(this.#order, position);
    this.memberBytes.push(member.header.length + member.sizeBytes + member.paddingBytes);
    return member;
  }

  /**
   * Passes over the next members as far as each is a usual one, stands whole in this frame and is right; with many small
   * files this is most of the work. What it does not pass has to be looked at by {@link next}, which tells what is wrong.
   *
   * @returns the position behind them.
   */
  passWhole(content: Buffer, frame: number, from: number): number {
    let at = from;
    while (this.#next >= 0 && this.#next < this.#order.count) {
      const bytes = this.#wholeBytes(content, frame, at);
      if (bytes === 0) break;
      at += bytes;
      this.memberBytes.push(bytes);
      this.#next++;
    }
    return at;
  }

  /** 0 when it is not whole, not usual, or not right. */
  #wholeBytes(content: Buffer, frame: number, from: number): number {
    const order = this.#order;
    const [page, at] = [order.page(this.#next), order.at(this.#next)];
    const sizeBytes = page.sizeBytes[at]!;
    const begin = from + TAR_BLOCK_BYTES;
    const end = begin + sizeBytes;
    const bytes = TAR_BLOCK_BYTES + paddedBytes(sizeBytes);
    if (from + bytes > content.length || page.frame[at] !== frame || page.frameOffset[at] !== begin) return 0;
    if (order.isRepeated(this.#next) || !this.#writeHeader(page, at)) return 0;
    const isRight =
      content.compare(this.#header, 0, TAR_BLOCK_BYTES, from, begin) === 0 &&
      content.compare(ZEROS, 0, from + bytes - end, end, from + bytes) === 0 &&
      // As texts: the digest as a buffer of its own would cost half as much again.
      hash('sha256', content.subarray(begin, end), 'binary') ===
        page.sha256!.toString('binary', 32 * at, 32 * at + 32);
    return isRight ? bytes : 0;
  }

  /** @returns false for a member whose header has another form. */
  #writeHeader(page: IndexColumns, at: number): boolean {
    const { uidBytes } = page;
    const [from, to] = [uidStart(page, at), page.uidEnds[at]!];
    const sizeBytes = page.sizeBytes[at]!;
    const mtimeSeconds = Math.floor(page.createdAt[at]! / MICROS_PER_SECOND);
    if (!isPlainUid(uidBytes, from, to) || !numbersFitUstar(sizeBytes, mtimeSeconds)) return false;
    writePlainHeader(this.#header, 0, { uidBytes, from, to, sizeBytes, mtimeSeconds });
    return true;
  }
}
