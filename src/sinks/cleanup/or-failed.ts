import { TidemarkError } from '../../base/errors.ts';
import { systemCode } from '../sink-fault.ts';
import type { FileOutcome } from './clean-file.ts';

/** `failed`: it could not be removed now, and is tried again. */
export type Outcome = FileOutcome | { readonly kind: 'failed'; readonly reason: string };

/** Makes what may pass an outcome. @throws everything else. */
export async function orFailed(cleaning: () => Promise<FileOutcome>): Promise<Outcome> {
  try {
    return await cleaning();
  } catch (error) {
    const reason = passingReason(error);
    if (reason === undefined) throw error;
    return { kind: 'failed', reason };
  }
}

/** What the system refuses today it may allow tomorrow: nothing of it is given up. A bug is none of that. */
export function passingReason(error: unknown): string | undefined {
  if (error instanceof TidemarkError) return error.retryable ? error.detail : undefined;
  const code = systemCode(error);
  // Its message would quote the file's name.
  const { syscall } = error as NodeJS.ErrnoException;
  return code === undefined || syscall === undefined ? code : `${code} (${syscall})`;
}
