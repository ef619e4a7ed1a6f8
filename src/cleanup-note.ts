import { EventFields } from './base/event-fields.ts';

/**
 * What a clean-up leaves with its offset, so that `tidemark status` can tell how it stands without asking the process:
 * up to which time announced shards are done, and why it does not get on when it does not.
 */
export interface CleanupNote {
  readonly doneUntil: string | null;
  /** Null while it gets on. */
  readonly trouble: string | null;
}

/** Kafka keeps 4,096 bytes with an offset by default. */
const TROUBLE_LENGTH_MAX = 900;

export function encodeCleanupNote({ doneUntil, trouble }: CleanupNote): string {
  return JSON.stringify({ doneUntil, trouble: trouble?.slice(0, TROUBLE_LENGTH_MAX) ?? null });
}

/** What is none of ours says nothing. */
export function decodeCleanupNote(text: string): CleanupNote {
  const fields = EventFields.parse(text);
  return { doneUntil: fields?.text('doneUntil') ?? null, trouble: fields?.text('trouble') ?? null };
}
