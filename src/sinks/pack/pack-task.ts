import type { S3Address } from '../../base/s3-address.ts';
import type { FrameMemory } from './frame-memory.ts';
import type { SourceProblem } from './source-problem.ts';

/** A file as a worker needs it. */
export interface PackFile {
  readonly location: string | null;
  readonly path: string;
  readonly fallbackPath: string;
  /** Bytes that the plan counts with; -1 in a `measure` task when the row does not say. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** Whether a differing size contradicts the row, or a measurement made a moment ago. */
  readonly sizeFromRow: boolean;
}

/** Work for one worker. Everything in it is copied or transferred. */
export type PackTask = FrameTask | PiecesTask | DigestTask | MeasureTask;

/** One frame: tar bytes made by the main thread (rows), then whole files. */
export interface FrameTask {
  readonly kind: 'frame';
  readonly bytes: number;
  /** Shared memory that the task arrives in and the frame returns in, see frame-memory.ts. */
  readonly memory: FrameMemory;
  /** The rows, at the memory's begin. */
  readonly headBytes: number;
  /** The list of files, see file-list.ts: behind the rows, or in memory of its own when it did not fit. */
  readonly fileList: { readonly bytes: number } | Uint8Array;
  readonly fileCount: number;
  /** See {@link PiecesTask.pin}, by position in the task's files. */
  readonly pins?: ReadonlyMap<number, string>;
}

/** Some frames of one file that is larger than a frame. */
export interface PiecesTask {
  readonly kind: 'pieces';
  readonly file: PackFile;
  /** In the member's tar bytes: header, content, padding. */
  readonly from: number;
  readonly to: number;
  /** True when the task holds the whole member: then it digests the file on the way. */
  readonly whole: boolean;
  /** What an object must still be, because it was looked at before: its ETag. Null for everything else. */
  readonly pin: string | null;
}

/** The digest of a file too large for one `pieces` task; the stamps of all of its tasks must agree. */
export interface DigestTask {
  readonly kind: 'digest';
  readonly file: PackFile;
  /** Of the `pieces` tasks of the same file, in the member's tar bytes. */
  readonly spanBytes: number;
  readonly pin: string | null;
}

/** Looks at files without packing them. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly files: readonly PackFile[];
}

export interface FileProblem extends SourceProblem {
  /** Position in the task's files. */
  readonly file: number;
}

export interface PackResult {
  readonly frames: readonly CompressedFrame[];
  /** 32 bytes for each file of a `frame` task, of a whole `pieces` task, or of a `digest` task; else empty. */
  readonly digests: Uint8Array;
  /** Of a `measure` task. */
  readonly sizes: readonly number[];
  /** Of a `measure` task: the ETags of those files that are objects. */
  readonly pins?: ReadonlyMap<number, string>;
  /** Of `pieces` and `digest` tasks. */
  readonly stamp: string | null;
  /** Checksums of pieces (see span-checks.ts): all of them of a `digest` task, one of a `pieces` task that is not whole. */
  readonly checks: readonly number[];
  readonly problems: readonly FileProblem[];
}

export interface CompressedFrame {
  readonly data: Uint8Array;
  readonly contentBytes: number;
}

/** What crosses the thread: errors lose their `code` on the way, so a fault is a value. */
export type PackOutcome =
  | { readonly kind: 'done'; readonly result: PackResult }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'fault';
      readonly code: string;
      readonly message: string;
      readonly detail: string;
      /** Null where the catalogue's word must do. */
      readonly remedy: string | null;
      /** Position of the file in the task's files; null when it was none of them. */
      readonly file: number | null;
    };

export interface PackRequest {
  readonly task: PackTask;
  /** One number in shared memory; other than 0 says: stop at the next frame. */
  readonly cancelled: Int32Array;
}

/** Given to every worker once. */
export interface WorkerSettings {
  readonly roots: readonly string[];
  readonly buckets: readonly S3Address[];
  /** Of one thread, to all buckets together. */
  readonly requestsMax: number;
  readonly level: number;
  readonly frameBytes: number;
}
