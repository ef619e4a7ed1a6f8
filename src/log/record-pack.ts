import type { Message } from 'kafkajs';

/** Framing of one record beside key and value: six variable-length integers and two single bytes, at most. */
const FRAMING_BYTES_MAX = 32;

/**
 * Records of one partition, in the wire form of record batch v2 ("Record" in Kafka's protocol guide), written one
 * behind the other into a buffer that is used again and again.
 */
export class RecordPack {
  #buffer = Buffer.allocUnsafe(256 * 1_024);
  #bytes = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#bytes);
  }

  clear(): void {
    this.#bytes = 0;
    this.#count = 0;
  }

  /** @returns bytes that the record takes. */
  add(key: Uint8Array, value: string): number {
    const valueBytes = Buffer.byteLength(value);
    this.#reserve(key.length + valueBytes + FRAMING_BYTES_MAX);
    const buffer = this.#buffer;
    const offsetDelta = this.#count++;
    // Attributes, timestamp delta and the number of headers are zero: a byte each.
    const body =
      3 +
      sizeOfVarint(offsetDelta) +
      sizeOfVarint(key.length) +
      key.length +
      sizeOfVarint(valueBytes) +
      valueBytes;
    const start = this.#bytes;
    let at = writeVarint(buffer, body, start);
    buffer[at++] = 0;
    buffer[at++] = 0;
    at = writeVarint(buffer, offsetDelta, at);
    at = writeVarint(buffer, key.length, at);
    buffer.set(key, at);
    at = writeVarint(buffer, valueBytes, at + key.length);
    at += buffer.write(value, at);
    buffer[at++] = 0;
    this.#bytes = at;
    return at - start;
  }

  #reserve(more: number): void {
    if (this.#bytes + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#bytes + more));
    this.#buffer.copy(grown, 0, 0, this.#bytes);
    this.#buffer = grown;
  }
}

/** Zigzag, then seven bits a byte. Lengths and counts only: never negative, below 2^30. */
function writeVarint(buffer: Buffer, value: number, start: number): number {
  let rest = value * 2;
  let at = start;
  while (rest >= 0x80) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

function sizeOfVarint(value: number): number {
  const zigzag = value * 2;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/**
 * Hands packs to KafkaJS 2.2.4 as the `messages` of a send.
 *
 * KafkaJS groups messages by partition in quadratic time and encodes each into a buffer of its own, which was
 * three quarters of capture's time. It only ever asks four things of the list: `find` (a message without value),
 * `reduce` (group by partition), and of a group `length` and `map` (timestamps; encoded records). This answers
 * them from bytes that are encoded already. test/log/record-pack.test.ts fails when KafkaJS asks for something
 * else; docs/decisions/0014 tells the figures.
 *
 * @param packs by partition; must not change until the send has settled.
 */
export function packedMessages(packs: ReadonlyMap<number, RecordPack>): Message[] {
  const groups = Object.fromEntries([...packs].map(([partition, pack]) => [partition, packedGroup(pack)]));
  const messages = { find: () => undefined, reduce: () => groups };
  return messages as unknown as Message[];
}

function packedGroup(pack: RecordPack): object {
  return {
    length: pack.count,
    // `m => m.timestamp` wants the timestamps: none, so the batch gets the time of sending.
    // `(message, i) => Record(…)` wants the encoded records.
    map: (encode: (...parameters: never[]) => unknown) => (encode.length === 1 ? [] : encodedRecords(pack)),
  };
}

/** A list of `count` encoders whose bytes come all at once. */
function encodedRecords(pack: RecordPack): unknown[] {
  return Object.assign(new Array<unknown>(pack.count), {
    0: { buf: pack.bytes, buffer: pack.bytes },
    every: () => true,
    some: () => false,
    forEach: (write: (encoder: { buffer: Buffer }) => void) => write({ buffer: pack.bytes }),
  });
}
