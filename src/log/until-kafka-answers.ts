import pRetry from 'p-retry';
import { kafkaFailure } from './kafka-failure.ts';
import { isKafkaOutage } from './kafka-outage.ts';

export interface KafkaWait {
  readonly signal: AbortSignal;
  readonly onWaiting: (waiting: { readonly attempt: number; readonly reason: string }) => void;
}

const PAUSE_MS = { minTimeout: 200, maxTimeout: 10_000 };

/**
 * Brokers that are away are waited for, however long. Resolves early, with nothing done, when the signal comes.
 *
 * @throws what `open` throws that is no outage.
 */
export async function untilKafkaAnswers(
  open: () => Promise<void>,
  { signal, onWaiting }: KafkaWait,
): Promise<void> {
  const attempts = pRetry(() => open().catch(rethrow), {
    retries: Number.POSITIVE_INFINITY,
    ...PAUSE_MS,
    signal,
    shouldRetry: ({ error }) => isKafkaOutage(error),
    onFailedAttempt: ({ error, attemptNumber: attempt }) => {
      if (isKafkaOutage(error)) onWaiting({ attempt, reason: kafkaFailure('', error).detail });
    },
  });
  await attempts.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** p-retry never tries a TypeError again, and KafkaJS has one when no broker answers: see isKafkaOutage. */
function rethrow(error: unknown): never {
  if (error instanceof TypeError && isKafkaOutage(error)) throw new Error(error.message, { cause: error });
  throw error;
}
