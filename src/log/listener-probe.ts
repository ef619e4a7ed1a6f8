import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What a listener answers to a handshake for a mechanism that nobody has. */
export type ListenerAnswer =
  /** Speaks Kafka and lets everybody in. */
  | { readonly kind: 'open' }
  /** Speaks Kafka and wants a login. */
  | { readonly kind: 'login'; readonly mechanisms: readonly string[] }
  /** Answered in another language, as TLS does to who does not speak it. */
  | { readonly kind: 'foreign' }
  /** Hung up, or said nothing. */
  | { readonly kind: 'silent' };

const SASL_HANDSHAKE = 17;
const VERSION = 1;
const UNSUPPORTED_SASL_MECHANISM = 33;
const ILLEGAL_SASL_STATE = 34;
const CORRELATION = 0x7469_6465;
const ANSWER_WITHIN_MS = 3_000;
/** The answer lists a few names. */
const ANSWER_BYTES_MAX = 4_096;

/**
 * Asks a listener whether it wants a login, with the one request that every listener answers without one. KafkaJS
 * only says that the connection was closed.
 */
export async function askListener(socket: Socket): Promise<ListenerAnswer> {
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  socket.once('close', () => closing.abort());
  socket.write(handshakeRequest());
  let bytes = Buffer.alloc(0);
  try {
    for (;;) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      bytes = Buffer.concat([bytes, chunk]);
      const answer = readAnswer(bytes);
      if (answer !== undefined) return answer;
    }
  } catch {
    // Whatever it was, the listener has not answered; who wants to know more has KafkaJS's own error.
    return bytes.length > 0 ? { kind: 'foreign' } : { kind: 'silent' };
  }
}

function handshakeRequest(): Buffer {
  const [client, mechanism] = [text('tidemark-check'), text('NONE')];
  const head = Buffer.alloc(12);
  head.writeInt32BE(8 + client.length + mechanism.length, 0);
  head.writeInt16BE(SASL_HANDSHAKE, 4);
  head.writeInt16BE(VERSION, 6);
  head.writeInt32BE(CORRELATION, 8);
  return Buffer.concat([head, client, mechanism]);
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}

/** @returns undefined while there is more to come. */
export function readAnswer(bytes: Buffer): ListenerAnswer | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  // An alert of TLS begins with 0x15 0x03, which would be a third of a gigabyte.
  if (length < 10 || length > ANSWER_BYTES_MAX) return { kind: 'foreign' };
  if (bytes.length < 4 + length) return undefined;
  if (bytes.readInt32BE(4) !== CORRELATION) return { kind: 'foreign' };
  const error = bytes.readInt16BE(8);
  if (error === ILLEGAL_SASL_STATE) return { kind: 'open' };
  if (error !== UNSUPPORTED_SASL_MECHANISM) return { kind: 'foreign' };
  const mechanisms = readMechanisms(bytes.subarray(10, 4 + length));
  return mechanisms === undefined ? { kind: 'foreign' } : { kind: 'login', mechanisms };
}

function readMechanisms(bytes: Buffer): string[] | undefined {
  const found: string[] = [];
  let at = 4;
  for (let left = bytes.readInt32BE(0); left > 0; left--) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readInt16BE(at);
    if (end > bytes.length || end < at + 2) return undefined;
    found.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  return found;
}
