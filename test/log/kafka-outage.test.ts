import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { isKafkaOutage } from '../../src/log/kafka-outage.ts';
import { nullInKafkaJs } from './null-in-kafkajs.ts';

describe('an outage of Kafka', () => {
  it.each([
    ['a connection that broke', new kafkajs.KafkaJSConnectionError('Closed connection')],
    ['a broker that refuses connections', new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED')],
    [
      'a coordinator that was not found because the connection to the last broker broke',
      // KafkaJS wraps it in an error that says no more than this one.
      Object.assign(new kafkajs.KafkaJSNonRetriableError('Failed to find group coordinator'), {
        cause: named('KafkaJSGroupCoordinatorNotFound', { retriable: false }),
      }),
    ],
    [
      'tries that are used up',
      new kafkajs.KafkaJSNumberOfRetriesExceeded(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'), {
        retryCount: 5,
        retryTime: 1,
      }),
    ],
    ['metadata that nobody answered', nullInKafkaJs('/app/node_modules/kafkajs/src/admin/index.js')],
  ])('is %s', (_, error) => {
    expect(isKafkaOutage(error)).toBe(true);
  });

  it.each([
    ['a refusal', new kafkajs.KafkaJSNonRetriableError('refused')],
    ['a topic that is not there', protocolError('UNKNOWN_TOPIC_OR_PARTITION', true)],
    ['a right that is missing', protocolError('TOPIC_AUTHORIZATION_FAILED', false)],
    ['a mistake of ours', nullInKafkaJs('/app/dist/log/topics.js')],
  ])('is not %s', (_, error) => {
    expect(isKafkaOutage(error)).toBe(false);
  });
});

function protocolError(type: string, retriable: boolean): Error {
  return named('KafkaJSProtocolError', { type, retriable });
}

/** An error of KafkaJS that its typings do not let us make. */
function named(name: string, fields: object): Error {
  return Object.assign(new Error(name), { name, ...fields });
}
