import { TidemarkError } from './errors.ts';
import type { ErrorCode } from './errors.ts';

/** Why a partition does not get on, for people who ask from outside of the process. */
export interface Trouble {
  /** Null for a failure that is in no catalogue. */
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly remedy: string;
  /** True when the process ends with it; otherwise it tries again by itself. */
  readonly isFinal: boolean;
}

export function troubleOf(error: unknown, { isFinal }: { readonly isFinal: boolean }): Trouble {
  if (error instanceof TidemarkError)
    return { code: error.code, detail: error.detail, remedy: error.remedy, isFinal };
  return {
    code: null,
    detail: error instanceof Error && error.message !== '' ? error.message : String(error),
    remedy: 'Look at the log of the process around this time.',
    isFinal,
  };
}
