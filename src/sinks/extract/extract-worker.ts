import { workerData } from 'node:worker_threads';
import { openSink } from '../open-sink.ts';
import type { ReadWorkers } from '../read-pool.ts';
import { toOutcome } from '../thread-outcome.ts';
import type { ThreadOutcome } from '../thread-outcome.ts';
import type { PlacedPiece, Unpacked } from './piece.ts';
import { unpackPiece } from './unpack-piece.ts';

export interface ExtractSettings {
  readonly url: string;
  readonly sink: ReadWorkers['sink'];
  readonly resume: boolean;
}

const settings = workerData as ExtractSettings;
const sink = openSink(settings.url, settings.sink);

/** Entry of an extracting thread, which reads, decompresses, digests and writes. */
export function runUnpack(piece: PlacedPiece): Promise<ThreadOutcome<Unpacked>> {
  return toOutcome(() => unpackPiece(piece, { sink, resume: settings.resume }));
}
