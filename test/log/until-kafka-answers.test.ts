import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { untilKafkaAnswers } from '../../src/log/until-kafka-answers.ts';
import { nullInKafkaJs } from './null-in-kafkajs.ts';

interface Waiting {
  readonly attempt: number;
  readonly reason: string;
}

/** Fails with each of the errors, then succeeds. */
async function wait(errors: readonly Error[], signal = new AbortController().signal) {
  const left = [...errors];
  const waitings: Waiting[] = [];
  let opened = false;
  const open = (): Promise<void> => {
    const error = left.shift();
    if (error !== undefined) return Promise.reject(error);
    opened = true;
    return Promise.resolve();
  };
  await untilKafkaAnswers(open, { signal, onWaiting: (waiting) => waitings.push(waiting) });
  return { opened, waitings };
}

it('tries again while brokers are away, whatever KafkaJS makes of it', async () => {
  const { opened, waitings } = await wait([
    new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'),
    nullInKafkaJs('/app/node_modules/kafkajs/src/cluster/index.js'),
  ]);
  expect(opened).toBe(true);
  expect(waitings.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(waitings[1]!.reason).toContain('null');
});

it('fails at once with what waiting does not help', async () => {
  await expect(wait([nullInKafkaJs('/app/dist/log/topics.js')])).rejects.toThrow('null');
  await expect(wait([new kafkajs.KafkaJSNonRetriableError('refused')])).rejects.toThrow('refused');
});

it('is left by its signal', async () => {
  const abort = new AbortController();
  const waiting = untilKafkaAnswers(
    () => Promise.reject(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED')),
    { signal: abort.signal, onWaiting: () => abort.abort() },
  );
  await expect(waiting).resolves.toBeUndefined();
});
