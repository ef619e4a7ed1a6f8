import type { Kafka } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { withAdmin } from './with-admin.ts';

/**
 * @returns what to do about topics that no longer exist; undefined when all exist, or when no broker can be asked:
 * then that is what has to pass first.
 */
export async function findMissingTopics(
  kafka: Kafka,
  topics: readonly string[],
): Promise<TidemarkError | undefined> {
  let existing: Set<string>;
  try {
    existing = new Set(await withAdmin(kafka, (admin) => admin.listTopics()));
  } catch {
    return undefined;
  }
  const missing = topics.filter((topic) => !existing.has(topic));
  return missing.length === 0 ? undefined : topicsDeleted(missing);
}

function topicsDeleted(missing: readonly string[]): TidemarkError {
  return new TidemarkError('ERR_TOPIC_INVALID', {
    detail: `${missing.join(', ')} does not exist any more: rows that stood there and were not archived yet are gone from the log`,
    remedy:
      'Stop capture and archive, run `tidemark init`, start them again: capture reads the table anew above archived_until, and what is archived already comes out as duplicates.',
  });
}
