/** Protocol errors by which a broker refuses a producer whose transactional.id has a newer owner. */
const FENCED_TYPES = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING']);

/** True when the error, or one that it wraps, says that another process owns the transactional.id now. */
export function isFenced(error: unknown): boolean {
  for (const step of causes(error)) {
    if (FENCED_TYPES.has(String((step as { type?: unknown }).type))) return true;
  }
  return false;
}

/** The name that Kafka's protocol gives to the error, or to the first that it wraps and that has one. */
export function protocolTypeOf(error: unknown): string | undefined {
  for (const step of causes(error)) {
    const { type } = step as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** The error and what it wraps: KafkaJS uses `cause` and, where it gave up retrying, `originalError`. */
export function* causes(error: unknown): Generator<object> {
  let step: unknown = error;
  for (let depth = 0; depth < 8 && typeof step === 'object' && step !== null; depth++) {
    yield step;
    step = (step as { cause?: unknown }).cause ?? (step as { originalError?: unknown }).originalError;
  }
}
