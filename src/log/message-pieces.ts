/** What of a message has length. */
export interface SizedMessage {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer;
}

/** KafkaJS encodes a send in time that grows with the square of its messages. */
const SEND_MESSAGES_MAX = 1_000;

/** A partition's messages of one send are one record batch: together they stay below a broker's default of 1 MiB. */
const SEND_BYTES_MAX = 960 * 1024;

/** Cuts messages into sends that brokers take, in their order. A message that is larger than a piece makes one of its own. */
export function* cutPieces<M extends SizedMessage>(messages: readonly M[]): Generator<readonly M[]> {
  let piece: M[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message);
    if (piece.length > 0 && (bytes + size > SEND_BYTES_MAX || piece.length >= SEND_MESSAGES_MAX)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(message);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

export function messageBytes({ key, value }: SizedMessage): number {
  return (key === null ? 0 : Buffer.byteLength(key)) + Buffer.byteLength(value);
}
