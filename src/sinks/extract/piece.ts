import type { FileRange } from '../read/corrupt-shard.ts';
import type { FramePlace } from '../read/frame-table.ts';

/** Where content begins in the frames of a shard. */
export interface ContentPlace {
  readonly frame: number;
  readonly frameOffset: number;
  readonly sizeBytes: number;
}

/** A file that is to be written. */
export interface Member extends ContentPlace {
  /** Below the shard's folder. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A part of a shard that one thread unpacks: no frame of it is in another part. */
export interface Piece {
  readonly shard: string;
  readonly firstFrame: number;
  /** From the first on: all up to the last that is needed. */
  readonly frames: readonly FramePlace[];
  readonly seekTableRange: FileRange;
  /** In the order of the tar stream. */
  readonly content:
    | { readonly kind: 'files'; readonly members: readonly Member[] }
    /** Chosen rows of a shard that holds nothing else; they become one file. */
    | { readonly kind: 'lines'; readonly places: readonly ContentPlace[] };
}

/** Where the files of a shard are written. */
export interface Target {
  readonly folder: string;
  /**
   * True for a folder that gets its name only when the shard is unpacked: its files need no name for their beginnings.
   */
  readonly isPart: boolean;
}

export interface PlacedPiece {
  readonly piece: Piece;
  readonly target: Target;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
  /** Of the files, those that were there already, whole. */
  readonly passedOver: number;
}
