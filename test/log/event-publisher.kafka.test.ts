import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { EventPublisher } from '../../src/log/event-publisher.ts';
import { uniqueName } from '../support/services/fresh.ts';
import { services } from '../support/services/services.ts';

const PRODUCE = 0;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

/** Of the first Produce request the answer never arrives: the connection breaks once the broker has written. */
function losesFirstAnswer(): {
  readonly create: (place: Place) => Socket;
  lost: number;
} {
  const line = {
    lost: 0,
    create: ({ host, port, onConnect }: Place): Socket => {
      const socket = connect({ host, port }, onConnect);
      const write = socket.write.bind(socket);
      let isAnswerLost = false;
      socket.write = (request: Buffer, ...rest: []) => {
        // Four bytes of length, then the kind of request.
        if (request.readInt16BE(4) === PRODUCE && line.lost === 0) {
          line.lost++;
          isAnswerLost = true;
        }
        return write(request, ...rest);
      };
      const emit = socket.emit.bind(socket);
      socket.emit = ((name: string, ...rest: unknown[]) => {
        if (name !== 'data' || !isAnswerLost) return emit(name, ...rest);
        socket.destroy(new Error('the connection broke'));
        return true;
      }) as typeof socket.emit;
      return socket;
    },
  };
  return line;
}

it('an event is written once, also when the connection breaks behind it', async () => {
  const { kafkaBrokers } = await services();
  const line = losesFirstAnswer();
  const kafka = new Kafka({
    brokers: [...kafkaBrokers],
    logLevel: logLevel.NOTHING,
    socketFactory: line.create,
    retry: { initialRetryTime: 20, retries: 8 },
  });
  const admin = kafka.admin();
  await admin.connect();
  const topic = uniqueName('events');
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const publisher = new EventPublisher({ kafka });
  await publisher.publish({ topic, key: 'k', value: 'told' });
  await publisher.close();
  expect(line.lost).toBe(1);
  const [partition] = await admin.fetchTopicOffsets(topic);
  expect(partition).toMatchObject({ high: '1' });
  await admin.disconnect();
});
