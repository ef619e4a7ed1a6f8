import { formatMicros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import { systemCode } from '../sink-fault.ts';

/** What the system refused while a file was read, for a reason that may pass. */
export class FileFault extends Error {
  readonly code: string;
  /** Position in the task's files. */
  readonly file: number;

  constructor(file: number, code: string, cause: unknown) {
    super((cause as Error).message, { cause });
    this.file = file;
    this.code = code;
  }
}

/** @returns the error with the file that it belongs to; a bug as it is. */
export function atFile(file: number, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined ? error : new FileFault(file, code, error);
}

/** How an operator finds a row whose file cannot be read. */
export function nameOfRow(rows: SealRows, position: number): string {
  return `uid ${JSON.stringify(rows.uid(position))}, created_at ${formatMicros(rows.createdAt(position))}`;
}
