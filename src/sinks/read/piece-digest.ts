import { createHash, hash } from 'node:crypto';

/** What has passed. */
export interface Digested {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** SHA-256 of what usually comes in one piece: one call is then faster than three. */
export class PieceDigest {
  #bytes = 0;
  #first: Buffer | undefined;
  #hash: ReturnType<typeof createHash> | undefined;

  /** The first piece must not change before the next one or the end. */
  update(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#bytes > 0) this.#hash ??= createHash('sha256').update(this.#first!);
    this.#hash?.update(piece);
    this.#first = this.#bytes === 0 ? piece : undefined;
    this.#bytes += piece.length;
  }

  finish(): Digested {
    const sha256 = this.#hash?.digest('hex') ?? hash('sha256', this.#first ?? Buffer.alloc(0), 'hex');
    return { bytes: this.#bytes, sha256 };
  }
}
