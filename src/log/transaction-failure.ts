import { TidemarkError, isRetryable } from '../base/errors.ts';
import { isFenced } from './fencing.ts';

/** Gives what went wrong in a step of capture's transaction its place in the catalogue. */
export function transactionFailure(step: string, cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const detail = `${step} of capture's transaction: ${reason}`;
  if (isFenced(cause)) return new TidemarkError('ERR_FENCED', { detail, cause });
  if ((cause as { type?: unknown }).type === 'MESSAGE_TOO_LARGE') {
    return new TidemarkError('ERR_TOPIC_INVALID', {
      detail: `a row is larger than the topic's max.message.bytes (${reason})`,
      remedy: 'Raise max.message.bytes of the topic; `tidemark check` names it.',
      cause,
    });
  }
  const code = isRetryable(cause) ? 'ERR_KAFKA_UNREACHABLE' : 'ERR_KAFKA_TRANSACTION';
  return new TidemarkError(code, { detail, cause });
}
