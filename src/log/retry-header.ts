import type { Micros } from '../model/micros.ts';

/** Headers of a Kafka record, as KafkaJS hands them over. */
export type RecordHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/**
 * Marks a record that `tidemark rejects --retry` sent again, and says when, by the clock of the Postgres server. Key
 * and value stay what they were, byte for byte, so the row's line and its digest do too.
 */
const RETRY_HEADER = 'tidemark-retry';

export function retryHeaders(clock: Micros): Record<string, string> {
  return { [RETRY_HEADER]: String(clock) };
}

/** @returns when the record was sent again; undefined when it was not. */
export function retryClock(headers: RecordHeaders | undefined): Micros | undefined {
  const value = headers?.[RETRY_HEADER];
  if (value === undefined || Array.isArray(value)) return undefined;
  const text = value.toString();
  const clock = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(clock) ? (clock as Micros) : undefined;
}
