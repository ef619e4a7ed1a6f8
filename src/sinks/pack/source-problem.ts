import type { RejectReason } from '../../model/row.ts';
import { systemCode } from '../sink-fault.ts';

/** Why a row's file cannot be packed: becomes the row's reject. */
export interface SourceProblem {
  readonly reason: RejectReason;
  /** Numbers and system codes, never a value of the row. */
  readonly detail: string;
}

/**
 * A refusal of the system that will stay, as a problem of this file.
 *
 * @returns undefined for what may pass (I/O error, too many open files, stale mount): then the seal is tried again.
 */
export function lastingProblem(error: unknown): SourceProblem | undefined {
  const code = systemCode(error);
  const reason = code === undefined ? undefined : LASTING[code];
  return reason === undefined ? undefined : { reason, detail: code! };
}

const LASTING: Readonly<Record<string, RejectReason>> = {
  ENOENT: 'file_missing',
  ENOTDIR: 'file_missing',
  ENAMETOOLONG: 'file_missing',
  EACCES: 'file_unreadable',
  EPERM: 'file_unreadable',
  ELOOP: 'file_unreadable',
  EISDIR: 'file_not_regular',
  ENXIO: 'file_not_regular',
  ENODEV: 'file_not_regular',
};
