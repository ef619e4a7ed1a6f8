import { hash } from 'node:crypto';
import { MICROS_PER_SECOND } from '../../model/micros.ts';
import { uidStart } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { paddedBytes } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES } from '../format/ustar-block.ts';
import { expectedMember, expectedRows } from './expected-members.ts';
import type { ExpectedMember } from './expected-members.ts';
import { PlainHeader, areZeros } from './plain-header.ts';
import { TarOrder } from './tar-order.ts';

/** The members that follow from metadata and index, in the order of the tar stream. */
export class MemberSequence {
  readonly #metadata: ShardMetadata;
  readonly #pages: readonly IndexColumns[];
  readonly #order: TarOrder;
  /** Of the files of each page, end to end. */
  readonly #digests: readonly string[];
  /** Position of the next one; -1 is `rows.ndjson`. */
  #next = -1;
  readonly #header = new PlainHeader();
  /** What each member takes, as it goes by. */
  readonly memberBytes: number[] = [];

  constructor(metadata: ShardMetadata, pages: readonly IndexColumns[]) {
    this.#metadata = metadata;
    this.#pages = metadata.payload === 'file' ? pages : [];
    this.#order = new TarOrder(this.#pages);
    this.#digests = this.#pages.map(({ sha256 }) => sha256!.toString('binary'));
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
    // Of the last one passed, which is compared together with the header behind it.
    let padding = 0;
    while (this.#next >= 0 && this.#next < this.#order.count) {
      const sizeBytes = this.#wholeBytes(content, frame, { at, padding });
      if (sizeBytes === undefined) break;
      padding = paddedBytes(sizeBytes) - sizeBytes;
      const bytes = TAR_BLOCK_BYTES + sizeBytes + padding;
      at += bytes;
      this.memberBytes.push(bytes);
      this.#next++;
    }
    if (areZeros(content, at - padding, at)) return at;
    this.#next--;
    return at - this.memberBytes.pop()!;
  }

  /** Size of the next member's content; undefined when it is not whole, not usual, or not right. */
  #wholeBytes(
    content: Buffer,
    frame: number,
    { at, padding }: { readonly at: number; readonly padding: number },
  ): number | undefined {
    const order = this.#order;
    const [number, entry] = [order.pageNumber(this.#next), order.at(this.#next)];
    const page = this.#pages[number]!;
    const sizeBytes = page.sizeBytes[entry]!;
    const begin = at + TAR_BLOCK_BYTES;
    if (begin + paddedBytes(sizeBytes) > content.length) return undefined;
    if (page.frame[entry] !== frame || page.frameOffset[entry] !== begin) return undefined;
    if (order.isRepeated(this.#next) || !this.#writeHeader(page, entry)) return undefined;
    if (!this.#header.standsBefore(content, begin, padding)) return undefined;
    // As texts: a buffer for each would cost half as much again.
    const sha256 = hash('sha256', content.subarray(begin, begin + sizeBytes), 'binary');
    return this.#digests[number]!.slice(32 * entry, 32 * entry + 32) === sha256 ? sizeBytes : undefined;
  }

  #writeHeader(page: IndexColumns, entry: number): boolean {
    return this.#header.write({
      uidBytes: page.uidBytes,
      from: uidStart(page, entry),
      to: page.uidEnds[entry]!,
      sizeBytes: page.sizeBytes[entry]!,
      mtimeSeconds: Math.floor(page.createdAt[entry]! / MICROS_PER_SECOND),
    });
  }
}
