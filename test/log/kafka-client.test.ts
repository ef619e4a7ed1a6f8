import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import type { KafkaClientOptions } from '../../src/log/kafka-client.ts';

/** Of a TLS record that begins a handshake; a plain request to Kafka begins with the high byte of its length, 0. */
const TLS_HANDSHAKE = 0x16;

async function firstByte(connection: KafkaClientOptions['connection']): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kafka = createKafkaClient({
    ...{ brokers: [`127.0.0.1:${port}`], clientId: 'test', events: new Events(), retries: 0 },
    ...(connection === undefined ? {} : { connection }),
  });
  const admin = kafka.admin();
  const connecting = expect(admin.connect()).rejects.toThrow();
  onTestFinished(async () => {
    await admin.disconnect();
    server.close();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  await connecting;
  return data[0]!;
}

test('TLS that a program asks for is spoken, and nothing goes out in the open', async () => {
  expect(await firstByte({ ssl: true })).toBe(TLS_HANDSHAKE);
  expect(await firstByte(undefined)).toBe(0);
});
