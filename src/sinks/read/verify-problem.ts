import type { FileRange } from './corrupt-shard.ts';

/** One thing that is not as it was written. */
export interface VerifyProblem {
  readonly severity: 'error' | 'warning';
  /** Shard or manifest. */
  readonly name: string;
  /** Bytes of the file; null when the whole file or its absence is meant. */
  readonly range: FileRange | null;
  readonly what: string;
}

export function errorIn(name: string, range: FileRange | null, what: string): VerifyProblem {
  return { severity: 'error', name, range, what };
}
