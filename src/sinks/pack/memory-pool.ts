/** Pieces kept for the next taker; more than that go back to the system. */
const FREE_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Pieces of memory of one size that are used again and again. Frames made of fresh memory would bring hundreds of
 * megabytes a second past the garbage collector, which answers every 32 MB with a full collection.
 *
 * A piece that is not given back is simply garbage, so a failed seal need not clean up.
 */
export class MemoryPool<Piece extends Uint8Array> {
  readonly #create: () => Piece;
  readonly #free: Piece[] = [];

  constructor(create: () => Piece) {
    this.#create = create;
  }

  take(): Piece {
    return this.#free.pop() ?? this.#create();
  }

  /** The piece must not be used by the giver, or by a thread that it was sent to, any more. */
  give(piece: Piece): void {
    if ((this.#free.length + 1) * piece.length <= FREE_BYTES_MAX) this.#free.push(piece);
  }
}
