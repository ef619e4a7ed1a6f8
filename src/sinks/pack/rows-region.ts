import { createHash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { SealRows } from '../../model/seal.ts';
import { ROWS_MEMBER } from '../format/member-name.ts';
import { paddedBytes, tarHeaderBytes, writeTarHeader } from '../format/tar-header.ts';
import type { TarMember } from '../format/tar-header.ts';

const NEWLINE = 0x0a;

/** The member `rows.ndjson` as tar bytes, written piece by piece so that it never stands in memory whole. */
export class RowsRegion {
  /** Header, lines and padding. */
  readonly bytes: number;
  /** Where the first line begins. */
  readonly contentFrom: number;
  readonly #rows: SealRows;
  readonly #positions: Uint32Array;
  readonly #member: TarMember;
  readonly #hash = createHash('sha256');
  #started = false;
  /** Next row to write, as an index into the positions, and how much of its line stands already. */
  #next = 0;
  #lineDone = 0;

  /** @param options.lineBytes sum of the lines with their line ends. */
  constructor(options: {
    readonly rows: SealRows;
    readonly positions: Uint32Array;
    readonly lineBytes: number;
    readonly mtimeSeconds: number;
  }) {
    this.#rows = options.rows;
    this.#positions = options.positions;
    this.#member = {
      path: ROWS_MEMBER,
      fallbackPath: ROWS_MEMBER,
      sizeBytes: options.lineBytes,
      mtimeSeconds: options.mtimeSeconds,
    };
    this.contentFrom = tarHeaderBytes(this.#member);
    this.bytes = this.contentFrom + paddedBytes(options.lineBytes);
  }

  /** Fills the memory with the next bytes. */
  take(target: Buffer): void {
    const { length } = target;
    let at = 0;
    if (!this.#started) {
      at = writeTarHeader(this.#member, target, 0);
      this.#started = true;
    }
    const contentFrom = at;
    while (at < length && this.#next < this.#positions.length) at = this.#writeLine(target, at);
    this.#hash.update(target.subarray(contentFrom, at));
    target.fill(0, at);
  }

  #writeLine(target: Buffer, at: number): number {
    const { memory, lineAt, end } = this.#rows.bytes(this.#positions[this.#next]!);
    const from = lineAt + this.#lineDone;
    const rest = end - from;
    const room = target.length - at;
    if (rest >= room) {
      memory.copy(target, at, from, from + room);
      this.#lineDone += room;
      return target.length;
    }
    memory.copy(target, at, from, end);
    target[at + rest] = NEWLINE;
    this.#next++;
    this.#lineDone = 0;
    return at + rest + 1;
  }

  /** Lower-case hex of the lines; to be asked once, when all is taken. */
  digest(): string {
    assert(this.#next === this.#positions.length, 'every row must have been written');
    return this.#hash.digest('hex');
  }
}
