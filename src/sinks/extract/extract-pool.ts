import { Piscina } from 'piscina';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import { workerModule } from '../worker-module.ts';
import type { ExtractOutcome, ExtractSettings } from './extract-worker.ts';
import type { Piece, Unpacked } from './piece.ts';

/** One is written while the next one is read. */
const PIECES_AT_WORKER = 2;

/** Threads that unpack. */
export class ExtractPool {
  readonly #piscina: Piscina<Piece, ExtractOutcome>;

  constructor(workers: number, settings: ExtractSettings) {
    this.#piscina = new Piscina({
      ...workerModule(import.meta.url, './extract-worker'),
      name: 'runUnpack',
      minThreads: 1,
      maxThreads: workers,
      workerData: settings,
      concurrentTasksPerWorker: PIECES_AT_WORKER,
      recordTiming: false,
    });
  }

  /** @throws TidemarkError as unpackPiece does; ERR_WORKER_FAILED when the thread ended. */
  async unpack(piece: Piece): Promise<Unpacked> {
    const outcome = await this.#run(piece);
    if (outcome.kind === 'done') return outcome.result;
    throw new TidemarkError(outcome.code, outcome);
  }

  async #run(piece: Piece): Promise<ExtractOutcome> {
    try {
      return await this.#piscina.run(piece);
    } catch (cause) {
      throw new TidemarkError('ERR_WORKER_FAILED', { detail: messageOf(cause), cause });
    }
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
