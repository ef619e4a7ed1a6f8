import { formatMicros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import { S3SourceFault } from '../s3/s3-fault.ts';
import { systemCode } from '../sink-fault.ts';

/** What the system refused while a file was read, for a reason that may pass. */
export class FileFault extends Error {
  readonly code: string;
  /** Position in the task's files. */
  readonly file: number;
  override readonly cause: unknown;

  constructor(file: number, code: string, cause: unknown) {
    super((cause as Error).message);
    this.cause = cause;
    this.file = file;
    this.code = code;
  }
}

/** @returns the error with the file that it belongs to; a bug as it is. */
export function atFile(file: number, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined ? error : new FileFault(file, code, error);
}

/** What is told of a refusal: of the system its code, of a bucket what it said and what mends it. */
export function describeFault(error: unknown): { readonly detail: string; readonly remedy: string | null } {
  const fault = error instanceof FileFault ? error.cause : error;
  return fault instanceof S3SourceFault
    ? { detail: fault.message, remedy: fault.remedy ?? null }
    : { detail: systemCode(error) ?? String(error), remedy: null };
}

/** How an operator finds a row whose file cannot be read. */
export function nameOfRow(rows: SealRows, position: number): string {
  return `uid ${JSON.stringify(rows.uid(position))}, created_at ${formatMicros(rows.createdAt(position))}`;
}
