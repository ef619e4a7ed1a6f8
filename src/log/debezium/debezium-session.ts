import type { Admin, KafkaMessage } from 'kafkajs';
import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import type { CapturePosition, PendingMark } from '../../model/capture-position.ts';
import { LSN_ZERO } from '../../model/lsn.ts';
import type { Micros } from '../../model/micros.ts';
import { offset } from '../../model/offset.ts';
import type { Offset } from '../../model/offset.ts';
import type { CapturedRow } from '../../model/row.ts';
import type { SourcePosition } from '../../model/source-position.ts';
import { placeKey } from '../assignment.ts';
import type { Place } from '../assignment.ts';
import type { TransactionalWriter } from '../transactional-writer.ts';
import { beginSources } from './begin-sources.ts';
import { ConnectorProgress } from './connector-progress.ts';
import { decodeBeat, decodeChange } from './decode-change.ts';
import { GroupCommit } from './group-commit.ts';
import type { Work } from './group-commit.ts';
import { PassedTally } from './passed-tally.ts';
import type { SourceTable } from './source-table.ts';

export interface DebeziumSessionOptions {
  readonly writer: TransactionalWriter;
  readonly admin: Admin;
  readonly tables: readonly SourceTable[];
  /** Topics that are followed for their times alone. */
  readonly beatTopics: readonly string[];
  /** Rows of one transaction at most, but for those of a single fetch. */
  readonly rowsMax: number;
  readonly events: Events;
}

type Decoder = ReturnType<typeof decodeChange>;

/**
 * One ownership of the connector's topics, from the fence to the first failure: reads records, writes rows and marks
 * into our own log, each transaction together with how far the topics were read.
 */
export class DebeziumSession {
  readonly #options: DebeziumSessionOptions;
  readonly #decoders: ReadonlyMap<string, Decoder>;
  readonly #sources: Map<string, SourcePosition>;
  readonly #progress = new ConnectorProgress();
  readonly #commits: GroupCommit;
  readonly #passed: PassedTally;
  #position: CapturePosition;

  private constructor(
    options: DebeziumSessionOptions,
    begun: { readonly position: CapturePosition; readonly sources: readonly SourcePosition[] },
  ) {
    this.#options = options;
    this.#position = begun.position;
    this.#decoders = new Map(options.tables.map((table) => [table.topic, decodeChange(table)]));
    this.#sources = new Map(begun.sources.map((source) => [placeKey(source), source]));
    for (const [key, source] of this.#sources) {
      if (this.#decoders.has(source.topic)) this.#progress.begin(key, source);
    }
    this.#commits = new GroupCommit({ write: (work) => this.#write(work), rowsMax: options.rowsMax });
    this.#passed = new PassedTally(options);
  }

  /** Fences every earlier owner, then reads how far it came. */
  static async open(options: DebeziumSessionOptions): Promise<DebeziumSession> {
    const committed = await options.writer.open();
    const epoch = (committed?.epoch ?? 0) + 1;
    const position = { ...(committed ?? NOTHING_YET), epoch };
    const sources = await beginSources(options, committed?.sources ?? []);
    options.events.emit('debezium:started', { partitions: sources.length, epoch });
    return new DebeziumSession(options, { position, sources });
  }

  get hasFailed(): boolean {
    return this.#commits.hasFailed;
  }

  /** Where reading of a partition begins. */
  startOf(place: Place): Offset {
    return this.#source(place).next;
  }

  /** Resolves when the rows are committed in our own log. */
  async consume(place: Place, messages: readonly KafkaMessage[]): Promise<void> {
    const key = placeKey(place);
    const rows: CapturedRow[] = [];
    for (const message of messages) this.#take(message, place, rows);
    const next = offset(Number(messages.at(-1)!.offset) + 1);
    this.#progress.passTo(key, next);
    const { firstEnd, bound } = this.#source(place);
    const source = { ...place, next, seen: this.#progress.seenOf(key), firstEnd, bound };
    if (rows.length > 0) return this.#commits.add({ rows, sources: [source], mark: null });
    // No transaction for nothing but an offset: the next one takes it along, and what is read again says nothing new.
    this.#commits.requireAlive();
    this.#sources.set(key, source);
  }

  /** Markers of the connector's own transactions stand behind its records, where it writes in transactions. */
  passTo(place: Place, next: Offset): void {
    const source = this.#source(place);
    if (next <= source.next) return;
    this.#progress.passTo(placeKey(place), next);
    this.#sources.set(placeKey(place), { ...source, next });
  }

  /** Sends a mark when the connector has come further. */
  async mark(): Promise<void> {
    const time = this.#progress.markTime(await this.#readEnds());
    if (time === null || time <= (this.#position.time ?? Number.NEGATIVE_INFINITY)) return;
    const { epoch, sequence, lsn } = this.#position;
    const tables = this.#options.tables.map(({ table }) => [table, { time, clock: time }] as const);
    const mark: PendingMark = { epoch, sequence: sequence + 1, lsn, tables: new Map(tables) };
    await this.#commits.add({ rows: [], sources: [], mark });
    this.#options.events.emit('mark:sent', { time, epoch, sequence: sequence + 1 });
  }

  close(): Promise<void> {
    return this.#options.writer.close();
  }

  #take(message: KafkaMessage, place: Place, rows: CapturedRow[]): void {
    const from = { topic: place.topic, place: placeKey(place) };
    const decode = this.#decoders.get(place.topic);
    if (decode === undefined) {
      const beat = decodeBeat(message, place);
      if (beat !== null) this.#progress.note(beat, from);
      return;
    }
    const change = decode(message, place);
    if (change.note !== null) this.#progress.note(change.note, from);
    if (change.kind === 'passed') return this.#passed.add(place.topic, change.reason);
    const { firstEnd, bound } = this.#source(place);
    const wasThere = change.row.op === 'r' || offset(message.offset) < firstEnd;
    const countsAsArchived = bound !== null && change.createdAt !== null && change.createdAt <= bound;
    if (wasThere && countsAsArchived) return this.#passed.add(place.topic, 'archived');
    rows.push(change.row);
  }

  async #write({ rows, sources, mark }: Work): Promise<void> {
    for (const source of sources) this.#sources.set(placeKey(source), source);
    let { lsn } = this.#position;
    for (const row of rows) if (row.lsn > lsn) lsn = row.lsn;
    const marked = mark === null ? {} : { sequence: mark.sequence, time: timeOf(mark) };
    this.#position = { ...this.#position, ...marked, lsn };
    const startedMs = performance.now();
    await this.#options.writer.write({
      rows,
      mark: mark === null ? null : { ...mark, lsn },
      position: { ...this.#position, sources: [...this.#sources.values()] },
    });
    const bytes = rows.reduce((sum, { afterJson }) => sum + afterJson.length, 0);
    const durationMs = performance.now() - startedMs;
    this.#options.events.emit('capture:committed', { rows: rows.length, bytes, lsn, durationMs });
    this.#passed.report();
  }

  async #readEnds(): Promise<ReadonlyMap<string, Offset>> {
    const ends = new Map<string, Offset>();
    for (const { topic } of this.#options.tables) {
      for (const { partition, high } of await this.#options.admin.fetchTopicOffsets(topic)) {
        this.#source({ topic, partition });
        ends.set(placeKey({ topic, partition }), offset(high));
      }
    }
    return ends;
  }

  #source(place: Place): SourcePosition {
    const source = this.#sources.get(placeKey(place));
    if (source !== undefined) return source;
    throw new TidemarkError('ERR_TOPIC_INVALID', {
      detail: `${place.topic} has had partition ${place.partition} added since this process began`,
      remedy: 'Start tidemark capture (or run) again. Nothing is lost: its records wait.',
    });
  }
}

/** The same for all tables: the connector reads one WAL. */
function timeOf({ tables }: PendingMark): Micros | null {
  return [...tables.values()][0]?.time ?? null;
}

const NOTHING_YET = {
  lsn: LSN_ZERO,
  ordinal: 0,
  epoch: 0,
  sequence: 0,
  time: null,
  snapshots: new Map(),
} satisfies CapturePosition;
