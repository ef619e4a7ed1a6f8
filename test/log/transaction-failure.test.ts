import { describe, expect, it } from 'vitest';
import { TRANSACTION_TIMEOUT_MS, transactionFailure } from '../../src/log/transaction-failure.ts';
import type { LargestMessage } from '../../src/log/transaction-failure.ts';

const largest: LargestMessage = { topic: 'rows', bytes: 5_000, what: 'a row of public.files' };

function failureOf(cause: object, failed: { tookMs?: number; largest?: LargestMessage | null } = {}) {
  return transactionFailure('commit of rows/0', {
    cause: Object.assign(new Error('refused'), cause),
    tookMs: failed.tookMs ?? 1,
    largest: () => (failed.largest === undefined ? largest : failed.largest),
  });
}

describe('a transaction that failed', () => {
  it('says which message is too large, that nothing is lost, and the command that mends it', () => {
    expect(failureOf({ type: 'MESSAGE_TOO_LARGE' })).toMatchObject({
      code: 'ERR_TOPIC_INVALID',
      detail:
        'commit of rows/0: a row of public.files takes 5000 bytes, more than max.message.bytes of topic rows allows. Nothing is lost: it waits where it is',
      remedy: expect.stringMatching(/--entity-name rows --add-config max\.message\.bytes=6024,/) as string,
    });
  });

  it('was taken over by another process, when the broker says so at once', () => {
    expect(failureOf({ type: 'INVALID_PRODUCER_EPOCH' })).toMatchObject({ code: 'ERR_FENCED' });
  });

  it('was aborted by the broker, when it had been silent for longer than that allows', () => {
    const tookMs = TRANSACTION_TIMEOUT_MS + 1;
    const failure = failureOf({ type: 'INVALID_PRODUCER_EPOCH' }, { tookMs });
    expect(failure).toMatchObject({ code: 'ERR_KAFKA_TRANSACTION', retryable: true });
  });

  it('is tried again when brokers are away; a message that may be too large for a request is named', () => {
    const closed = { retriable: true };
    expect(failureOf(closed)).toMatchObject({
      code: 'ERR_KAFKA_UNREACHABLE',
      detail: 'commit of rows/0: refused',
    });
    const huge = { ...largest, bytes: 120_000_000 };
    expect(failureOf(closed, { largest: huge }).detail).toContain(
      'a row of public.files takes 120000000 bytes: see that socket.request.max.bytes of the brokers allows it',
    );
  });
});
