import { isRetryable, messageOf, TidemarkError } from '../base/errors.ts';
import { isFenced, protocolTypeOf } from './fencing.ts';
import { knownFailure } from './kafka-failure.ts';

/** Kafka's own default. A transaction of which the broker hears nothing for longer is aborted by it. */
export const TRANSACTION_TIMEOUT_MS = 60_000;

/** The largest message of the transaction. */
export interface LargestMessage {
  readonly topic: string;
  /** Key and value. */
  readonly bytes: number;
  /** Which one it is, without its contents. */
  readonly what: string;
}

/** Room for what a record batch adds to its one record. */
const BATCH_OVERHEAD_BYTES = 1_024;

/** Brokers close the connection on a request beyond it, without a word. */
const SOCKET_REQUEST_BYTES_DEFAULT = 100 * 1024 * 1024;

/**
 * Gives what went wrong in a transaction its place in the catalogue.
 *
 * @param step for example `commit of rows/0`.
 * @param failed.tookMs since the step began: a producer that was silent for longer than the transaction timeout is
 * refused like one that was replaced, but nobody has replaced it.
 */
export function transactionFailure(
  step: string,
  failed: { readonly cause: unknown; readonly tookMs: number; readonly largest: () => LargestMessage | null },
): TidemarkError {
  const { cause, tookMs } = failed;
  const known = knownFailure(step, cause);
  if (known !== undefined) return known;
  const reason = messageOf(cause);
  const type = protocolTypeOf(cause);
  if (type !== undefined && TOO_LARGE.has(type)) return tooLarge(step, failed);
  const detail = `${step}: ${reason}${hintOfSize(failed.largest())}`;
  if (isFenced(cause)) {
    if (tookMs < TRANSACTION_TIMEOUT_MS) return new TidemarkError('ERR_FENCED', { detail, cause });
    const slow = `${detail}: the broker had aborted it after ${TRANSACTION_TIMEOUT_MS / 1_000} s`;
    return new TidemarkError('ERR_KAFKA_TRANSACTION', { detail: slow, cause });
  }
  const code = isRetryable(cause) ? 'ERR_KAFKA_UNREACHABLE' : 'ERR_KAFKA_TRANSACTION';
  return new TidemarkError(code, { detail, cause });
}

const TOO_LARGE: ReadonlyMap<string, string> = new Map([
  ['MESSAGE_TOO_LARGE', 'max.message.bytes'],
  ['RECORD_LIST_TOO_LARGE', 'segment.bytes'],
]);

function tooLarge(
  step: string,
  { cause, largest }: { readonly cause: unknown; readonly largest: () => LargestMessage | null },
): TidemarkError {
  const setting = TOO_LARGE.get(protocolTypeOf(cause) ?? '') ?? 'max.message.bytes';
  const found = largest();
  if (found === null) {
    return new TidemarkError('ERR_TOPIC_INVALID', {
      detail: `${step}: a message is larger than ${setting} of its topic allows`,
      remedy: `Raise ${setting} of the topic; \`tidemark check\` names it.`,
      cause,
    });
  }
  const { topic, bytes, what } = found;
  return new TidemarkError('ERR_TOPIC_INVALID', {
    detail: `${step}: ${what} takes ${bytes} bytes, more than ${setting} of topic ${topic} allows. Nothing is lost: it waits where it is`,
    remedy: `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${bytes + BATCH_OVERHEAD_BYTES}, then start again.`,
    cause,
  });
}

function hintOfSize(largest: LargestMessage | null): string {
  if (largest === null || largest.bytes < SOCKET_REQUEST_BYTES_DEFAULT / 2) return '';
  return ` (${largest.what} takes ${largest.bytes} bytes: see that socket.request.max.bytes of the brokers allows it)`;
}
