import type { SealRows } from '../../model/seal.ts';
import { nameOfRow } from '../pack/file-fault.ts';
import { inOrder } from '../pack/in-order.ts';
import { createCancellation } from '../pack/pack-pool.ts';
import type { PackPool } from '../pack/pack-pool.ts';
import type { PackFile } from '../pack/pack-task.ts';
import type { SourceProblem } from '../pack/source-problem.ts';

const FILES_PER_TASK = 512;

export interface MeasuredRow {
  readonly sizeBytes: number;
  readonly problem: SourceProblem | undefined;
  /** The ETag of an object; null for a file in a folder, and for what cannot be packed. */
  readonly pin: string | null;
}

/**
 * Opens the file of each row as packing would.
 *
 * @param options.expectedBytes of each position's file, or -1 where nobody has said it.
 * @param options.onRow gets the place among the positions.
 * @throws the signal's reason when it is aborted; what the pool throws.
 */
export async function measureRows(options: {
  readonly rows: SealRows;
  readonly positions: Uint32Array;
  readonly expectedBytes: (index: number) => number;
  readonly pool: PackPool;
  readonly signal: AbortSignal;
  readonly onRow: (index: number, row: MeasuredRow) => void;
}): Promise<void> {
  const { rows, positions, pool, signal } = options;
  const cancellation = createCancellation();
  signal.addEventListener('abort', cancellation.cancel, { once: true });
  try {
    await inOrder({
      tasks: starts(positions.length),
      inFlightMax: pool.workers + 1,
      onStop: cancellation.cancel,
      start: (from) => {
        const files: PackFile[] = [];
        for (let i = from; i < Math.min(from + FILES_PER_TASK, positions.length); i++)
          files.push(measurable(rows, positions[i]!, options.expectedBytes(i)));
        return pool.run({ kind: 'measure', files }, cancellation, (file) =>
          nameOfRow(rows, positions[from + file]!),
        );
      },
      finish: (from, result) => {
        if (result === undefined) return Promise.resolve(false);
        const problems = new Map(result.problems.map((problem) => [problem.file, problem]));
        result.sizes.forEach((sizeBytes, i) => {
          const problem = problems.get(i);
          options.onRow(from + i, {
            sizeBytes,
            problem: problem && { reason: problem.reason, detail: problem.detail },
            pin: result.pins?.get(i) ?? null,
          });
        });
        return Promise.resolve(true);
      },
    });
  } finally {
    signal.removeEventListener('abort', cancellation.cancel);
  }
  signal.throwIfAborted();
}

function* starts(count: number): Generator<number> {
  for (let from = 0; from < count; from += FILES_PER_TASK) yield from;
}

function measurable(rows: SealRows, position: number, sizeBytes: number): PackFile {
  return {
    location: rows.fileLocation(position),
    path: '',
    fallbackPath: '',
    sizeBytes,
    mtimeSeconds: 0,
    sizeFromRow: rows.sizeBytes(position) !== null,
  };
}
