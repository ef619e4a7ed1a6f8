/**
 * KafkaJS asks every broker who coordinates a group or a transactional id, forgets what they answered, and says that
 * there is no coordinator, which it also says of brokers that are away. That a right is missing stands in its log
 * alone; so the log is heard.
 */
const MEANINGS: Readonly<Record<string, string>> = {
  'Not authorized to access group: Group authorization failed': 'GROUP_AUTHORIZATION_FAILED',
  'Transactional Id authorization failed': 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
};

const COORDINATOR = /^Response (FindCoordinator|GroupCoordinator)\(/;

/** KafkaJS gives up within moments of the answer; what was said earlier may have been mended. */
const COUNTS_FOR_MS = 5_000;

let heard: { readonly type: string; readonly atMs: number } | undefined;

/** Takes one line of KafkaJS's log. */
export function hearRefusal(line: { readonly message: string; readonly error: unknown }): void {
  if (typeof line.error !== 'string' || !COORDINATOR.test(line.message)) return;
  const type = MEANINGS[line.error];
  if (type !== undefined) heard = { type, atMs: performance.now() };
}

/** @returns the protocol's name of the refusal behind a coordinator that was not found just now. */
export function refusalHeard(): string | undefined {
  return heard !== undefined && performance.now() - heard.atMs < COUNTS_FOR_MS ? heard.type : undefined;
}
