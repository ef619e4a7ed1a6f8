export interface CatalogueEntry {
  /** What it means, for the person who reads it at three in the morning. */
  readonly meaning: string;
  /** True when the same call may succeed later by itself; the process then retries with backoff. */
  readonly retryable: boolean;
  /** What the operator does. */
  readonly remedy: string;
}

export function entry(meaning: string, retryable: boolean, remedy: string): CatalogueEntry {
  return { meaning, retryable, remedy };
}
