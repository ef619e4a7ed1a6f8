import { workerData } from 'node:worker_threads';
import { TidemarkError } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { openSink } from '../open-sink.ts';
import type { OpenSinkOptions } from '../open-sink.ts';
import type { Piece, Unpacked } from './piece.ts';
import { unpackPiece } from './unpack-piece.ts';

export interface ExtractSettings {
  readonly url: string;
  readonly sink: Omit<OpenSinkOptions, 'events'>;
  readonly resume: boolean;
}

/** An error does not come whole from one thread to another. */
export type ExtractOutcome =
  | { readonly kind: 'done'; readonly result: Unpacked }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly remedy: string;
    };

const settings = workerData as ExtractSettings;
const sink = openSink(settings.url, settings.sink);

/** Entry of an extracting thread, which reads, decompresses, digests and writes. */
export async function runUnpack(piece: Piece): Promise<ExtractOutcome> {
  try {
    return { kind: 'done', result: await unpackPiece(piece, { sink, resume: settings.resume }) };
  } catch (error) {
    // A bug keeps its stack by being thrown.
    if (!(error instanceof TidemarkError)) throw error;
    const { code, detail, remedy } = error;
    return { kind: 'failed', code, detail, remedy };
  }
}
