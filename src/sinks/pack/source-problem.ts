import type { RejectReason } from '../../model/row.ts';
import { systemCode } from '../sink-fault.ts';

/** Why a row's file cannot be packed: becomes the row's reject. */
export interface SourceProblem {
  readonly reason: RejectReason;
  /** Numbers and system codes, never a value of the row. */
  readonly detail: string;
}

/** A problem that shows in the middle of reading. */
export class SourceRefusal extends Error {
  override readonly name = 'SourceRefusal';
  readonly problem: SourceProblem;

  constructor(problem: SourceProblem) {
    super(`${problem.reason}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** @returns what the reading found, or the problem that ended it. */
export async function orProblem<T>(reading: () => Promise<T>): Promise<T | SourceProblem> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof SourceRefusal) return error.problem;
    throw error;
  }
}

export function changed(): SourceProblem {
  return { reason: 'file_changed', detail: 'it changed while it was read' };
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
