import type { Message, TopicMessages } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import type { PendingMark } from '../model/capture-position.ts';
import { partitionOf } from '../model/partition.ts';
import type { CapturedRow } from '../model/row.ts';
import { encodeMark, recordEncoder } from './encode-record.ts';
import type { PartitionCounters } from './position-codec.ts';
import { packedMessages, RecordPack } from './record-pack.ts';

/** The topic of a table, with what each of its partitions was sent. */
export interface TableTopic {
  readonly topic: string;
  readonly counters: PartitionCounters[];
}

/** KafkaJS copies a request several times: this bounds them, and keeps a batch below a broker's default of 1 MiB. */
const PIECE_BYTES_MAX = 960 * 1_024;

interface Piece {
  readonly packs: Map<number, RecordPack>;
  bytes: number;
}

/** Cuts rows into sends and counts them. The rows of one table keep their order. */
export class RecordPieces {
  readonly #encode = recordEncoder();
  readonly #spare: RecordPack[] = [];
  #scratch = Buffer.allocUnsafe(4_096);

  /**
   * Lazy on purpose: the next piece is encoded, into the same memory, after the one before it has left.
   */
  *of(
    rows: readonly CapturedRow[],
    topics: ReadonlyMap<string, TableTopic>,
  ): Generator<{ topic: string; messages: Message[] }> {
    const open = new Map<TableTopic, Piece>();
    for (const row of rows) {
      const target = topicOf(row.table, topics);
      let piece = open.get(target);
      // Before a large row too: nothing but its own size may make a batch larger than the topic takes.
      if (piece !== undefined && piece.bytes + row.afterJson.length > PIECE_BYTES_MAX) {
        yield this.#close(target, piece);
        this.#free(piece);
        piece = undefined;
      }
      piece ??= { packs: new Map<number, RecordPack>(), bytes: 0 };
      open.set(target, piece);
      this.#add(row, target, piece);
    }
    for (const [target, piece] of open) {
      yield this.#close(target, piece);
      this.#free(piece);
    }
  }

  #add(row: CapturedRow, { counters }: TableTopic, piece: Piece): void {
    const key = this.#keyBytes(row.keyJson);
    const partition = partitionOf(key, counters.length);
    const counter = counters[partition]!;
    counter.rows++;
    counter.total++;
    let pack = piece.packs.get(partition);
    if (pack === undefined) piece.packs.set(partition, (pack = this.#spare.pop() ?? new RecordPack()));
    piece.bytes += pack.add(key, this.#encode(row));
  }

  #close({ topic }: TableTopic, { packs }: Piece): { topic: string; messages: Message[] } {
    return { topic, messages: packedMessages(packs) };
  }

  #free({ packs }: Piece): void {
    for (const pack of packs.values()) {
      pack.clear();
      this.#spare.push(pack);
    }
  }

  /** Valid until the next call. */
  #keyBytes(keyJson: string): Buffer {
    if (keyJson.length * 3 > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(keyJson.length * 3);
    return this.#scratch.subarray(0, this.#scratch.write(keyJson));
  }
}

/** One message for every partition of every table that the mark speaks of; the counters start afresh behind it. */
export function markMessages(mark: PendingMark, topics: ReadonlyMap<string, TableTopic>): TopicMessages[] {
  const { epoch, sequence, lsn } = mark;
  return [...mark.tables].map(([table, { time, clock }]) => {
    const { topic, counters } = topicOf(table, topics);
    const messages = counters.map((counter, partition): Message => {
      const { rows, total: rowsTotal } = counter;
      counter.rows = 0;
      const value = encodeMark({ time, epoch, sequence, lsn, clock, rows, rowsTotal });
      return { key: null, value, partition };
    });
    return { topic, messages };
  });
}

function topicOf(table: string, topics: ReadonlyMap<string, TableTopic>): TableTopic {
  const target = topics.get(table);
  if (target === undefined) {
    throw new TidemarkError('ERR_TOPIC_INVALID', { detail: `no topic is known for table ${table}` });
  }
  return target;
}
