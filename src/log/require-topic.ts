import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';

/** @throws TidemarkError ERR_TOPIC_INVALID when there is no such topic. */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  const topics = await admin.listTopics();
  if (!topics.includes(topic))
    throw new TidemarkError('ERR_TOPIC_INVALID', { detail: `there is no topic ${topic}` });
}
