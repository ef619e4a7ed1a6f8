import { describe, expect, it } from 'vitest';
import { awaitTopics } from '../../src/log/await-topics.ts';

/** Brokers that give these answers one after another; only the order in which a real one hears of things is missing. */
function brokers(answers: readonly (string | null)[]) {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    fetchTopicMetadata: () => {
      const type = answers[Math.min(asked++, answers.length - 1)];
      if (type === null) return Promise.resolve({ topics: [] });
      return Promise.reject(Object.assign(new Error('refused'), { type }));
    },
  };
}

describe('a topic that was made', () => {
  it('is there once the brokers have heard of it and given it a leader', async () => {
    const admin = brokers(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', null]);
    await awaitTopics(admin, ['t']);
    expect(admin.asked).toBe(3);
  });

  it('is not waited for when the brokers refuse to speak of it', async () => {
    const admin = brokers(['TOPIC_AUTHORIZATION_FAILED']);
    await expect(awaitTopics(admin, ['t'])).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(admin.asked).toBe(1);
  });
});
