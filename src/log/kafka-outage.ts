import { isRetryable } from '../base/errors.ts';
import { causes } from './fencing.ts';
import { refusalHeard } from './hidden-refusals.ts';

/** Between losing its place in the group and joining anew a consumer can commit nothing. */
export class NotAMember extends Error {
  override readonly name = 'NotAMember';

  constructor() {
    super('this process is no member of the group now');
  }
}

/**
 * True when an error of KafkaJS means that brokers are away or change places for a moment. Its own `retriable` does not
 * say so in every case: when the connection to the last broker breaks in the middle of a request, a coordinator is
 * "not found" for good, and metadata are null inside of KafkaJS.
 */
export function isKafkaOutage(error: unknown): boolean {
  for (const step of causes(error)) {
    const { name, type } = step as { name?: unknown; type?: unknown };
    if (name === 'KafkaJSGroupCoordinatorNotFound') return refusalHeard() === undefined;
    if (step instanceof TypeError && isNullInKafkaJs(step)) return true;
    // A topic that is not there is another matter, although KafkaJS hopes for it.
    if (isRetryable(step) && type !== 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  }
  return false;
}

/** `cluster.metadata()` answers null when no broker did, and its callers look into it all the same. */
function isNullInKafkaJs({ message, stack = '' }: TypeError): boolean {
  const [, thrownAt = ''] = stack.split('\n    at ');
  return /\bnull\b/.test(message) && /[\\/]kafkajs[\\/]/.test(thrownAt);
}
