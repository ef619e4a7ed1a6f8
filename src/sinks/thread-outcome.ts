import { TidemarkError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';

/** What a thread answers: an error does not come whole from one thread to another. */
export type ThreadOutcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly remedy: string;
    };

/** In the thread. A bug keeps its stack by being thrown. */
export async function toOutcome<T>(work: () => Promise<T>): Promise<ThreadOutcome<T>> {
  try {
    return { kind: 'done', result: await work() };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const { code, detail, remedy } = error;
    return { kind: 'failed', code, detail, remedy };
  }
}

/** Behind it. @throws TidemarkError as the work did. */
export function fromOutcome<T>(outcome: ThreadOutcome<T>): T {
  if (outcome.kind === 'done') return outcome.result;
  throw new TidemarkError(outcome.code, outcome);
}
