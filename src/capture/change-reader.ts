import { TidemarkError } from '../base/errors.ts';
import type { CapturePosition, PendingMark, RowKey, SnapshotState } from '../model/capture-position.ts';
import { LSN_ZERO } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import type { CapturedRow } from '../model/row.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import type { CaptureTable } from './captured-table.ts';
import { decodeMarkMessage, encodeEndMessage, END_PREFIX } from './mark-message.ts';
import type { MarkMessage } from './mark-message.ts';
import { malformed, readTuple } from './pgoutput.ts';
import type { AnnouncedType, ChangeHandler, LogicalMessage, Relation, Transaction } from './pgoutput.ts';
import type { PublishedRelation } from './publication.ts';
import { RowEncoder } from './row-encoder.ts';
import { hasPassedLegs, isInSnapshot, withoutLegs } from './snapshot-filter.ts';
import { StreamTypes } from './stream-types.ts';
import type { TypeFacts } from './type-facts.ts';

export interface ChangeReaderOptions {
  readonly slot: string;
  readonly tables: readonly CaptureTable[];
  /** The tables as they are now. One that was renamed for a while is known by its oid. */
  readonly published: ReadonlyMap<string, PublishedRelation>;
  /** Of the tables whose rows say their types, by `schema.name`. */
  readonly types: ReadonlyMap<string, TypeFacts>;
  /** Where the last owner came to, with this owner's epoch. What stands at or before it is skipped. */
  readonly position: CapturePosition;
  readonly onRow: (row: CapturedRow) => void;
  readonly onMark: (mark: PendingMark) => void;
}

/** Escaped as JSON it is six times as much at worst, and a string of JavaScript ends at 512 MiB. */
const ROW_BYTES_MAX = 64 * 1_024 * 1_024;

/**
 * Turns changes into rows and marks and keeps the position: (commit LSN, ordinal) of the last row that was handed
 * on. The ordinal counts every insert of a transaction, also of those that are skipped, so that it names the
 * same row whatever is configured.
 */
export class ChangeReader implements ChangeHandler {
  readonly #options: ChangeReaderOptions;
  readonly #tables: ReadonlyMap<string, CaptureTable>;
  readonly #idByOid: ReadonlyMap<number, string>;
  readonly #toUtc: ReadonlyMap<string, (local: Micros) => Micros>;
  readonly #types: StreamTypes;
  /** By relation oid; null for tables that are not ours. */
  readonly #encoders = new Map<number, RowEncoder | null>();
  readonly #resumeLsn: Lsn;
  readonly #resumeOrdinal: number;
  readonly #snapshots: Map<string, SnapshotState>;
  #position: Omit<CapturePosition, 'snapshots'>;
  #lsn: Lsn;
  #sentOrdinal: number;
  #transaction: Transaction = { commitLsn: LSN_ZERO, committedAt: 0 as Transaction['committedAt'], txId: 0 };
  #ordinal = 0;
  #markMessage: MarkMessage | undefined;
  #end: { readonly content: string; hasCome: boolean; readonly onCome: () => void } | undefined;
  #lastWholeLsn: Lsn | null = null;
  #hasLegs: boolean;

  constructor(options: ChangeReaderOptions) {
    const { snapshots, ...position } = options.position;
    this.#options = options;
    this.#tables = new Map(options.tables.map((table) => [tableId(table), table]));
    this.#idByOid = new Map([...options.published].map(([id, { oid }]) => [oid, id]));
    this.#toUtc = new Map(options.tables.map((table) => [tableId(table), localToUtc(table.createdAtZone)]));
    this.#types = new StreamTypes(options.types);
    this.#resumeLsn = position.lsn;
    this.#resumeOrdinal = position.ordinal;
    this.#position = position;
    this.#lsn = position.lsn;
    this.#sentOrdinal = position.ordinal;
    this.#snapshots = new Map(snapshots);
    this.#hasLegs = [...snapshots.values()].some(({ legs }) => legs.length > 0);
  }

  get position(): CapturePosition {
    const snapshots = new Map(this.#snapshots);
    return { ...this.#position, lsn: this.#lsn, ordinal: this.#sentOrdinal, snapshots };
  }

  get lastWholeLsn(): Lsn | null {
    return this.#lastWholeLsn;
  }

  begin(transaction: Transaction): void {
    this.#transaction = transaction;
    this.#ordinal = 0;
    this.#markMessage = undefined;
    if (this.#hasLegs) this.#dropPassedLegs(transaction.commitLsn);
  }

  relation(relation: Relation): void {
    const table = this.#tables.get(this.#idByOid.get(relation.oid) ?? tableId(relation));
    const make = (ours: CaptureTable) =>
      new RowEncoder(ours, relation.columns, this.#types.of(tableId(ours)));
    this.#encoders.set(relation.oid, table === undefined ? null : make(table));
  }

  type(type: AnnouncedType): void {
    this.#types.announce(type);
  }

  insert(relationOid: number, message: Buffer, tupleAt: number): void {
    this.#ordinal++;
    const { commitLsn, committedAt, txId } = this.#transaction;
    if (this.#isSent(commitLsn)) return;
    const encoder = this.#encoders.get(relationOid);
    if (encoder === undefined) throw malformed('a row of a table that was not announced');
    if (encoder === null) return;
    if (message.length > ROW_BYTES_MAX) throw rowTooLarge(encoder.table, message.length);
    readTuple(message, tupleAt, encoder.values);
    this.#lsn = commitLsn;
    this.#sentOrdinal = this.#ordinal;
    if (this.#hasLegs && this.#isInSnapshot(encoder.table, encoder.key())) return;
    this.#options.onRow({
      table: encoder.table,
      op: 'c',
      keyJson: encoder.keyJson(),
      afterJson: encoder.afterJson(),
      lsn: commitLsn,
      txId,
      committedAt,
    });
  }

  logicalMessage({ prefix, content }: LogicalMessage): void {
    if (prefix === END_PREFIX && this.#end !== undefined && content.equals(Buffer.from(this.#end.content)))
      this.#end.hasCome = true;
    const message = decodeMarkMessage(prefix, content);
    if (message?.slot === this.#options.slot) this.#markMessage = message;
  }

  commit(): void {
    const { commitLsn } = this.#transaction;
    this.#lastWholeLsn = commitLsn;
    if (commitLsn <= this.#resumeLsn) return;
    // Also when nothing of it was for us: the slot is told of whole transactions and must not get ahead of this.
    this.#lsn = commitLsn;
    this.#sentOrdinal = this.#ordinal;
    if (this.#end?.hasCome === true) this.#end.onCome();
    const message = this.#markMessage;
    if (message === undefined) return;
    const last = this.#position.time;
    // T never goes back: a mark from before the snapshot's says nothing new.
    if (last !== null && message.time < last) return;
    const sequence = this.#position.sequence + 1;
    this.#position = { ...this.#position, sequence, time: message.time };
    const { time, clock } = message;
    const tables = new Map([...this.#tables.keys()].map((table) => [table, { time, clock }]));
    this.#options.onMark({ epoch: this.#position.epoch, sequence, lsn: commitLsn, tables });
  }

  /** Resolves when the end message of this token has come out of the slot: nothing that committed before it is left. */
  untilEnd(token: string): Promise<void> {
    const content = encodeEndMessage({ slot: this.#options.slot, token });
    return new Promise((resolve) => {
      this.#end = { content, hasCome: false, onCome: resolve };
    });
  }

  #isSent(commitLsn: Lsn): boolean {
    return (
      commitLsn < this.#resumeLsn || (commitLsn === this.#resumeLsn && this.#ordinal <= this.#resumeOrdinal)
    );
  }

  #isInSnapshot(table: string, key: RowKey): boolean {
    const state = this.#snapshots.get(table);
    if (state === undefined) return false;
    const isAsked =
      key.createdAt === null ||
      state.lowerBound === null ||
      this.#toUtc.get(table)!(key.createdAt) > state.lowerBound;
    return isAsked && isInSnapshot(state.legs, key, this.#transaction.commitLsn);
  }

  #dropPassedLegs(commitLsn: Lsn): void {
    this.#hasLegs = false;
    for (const [table, state] of this.#snapshots) {
      if (hasPassedLegs(state.legs, commitLsn)) this.#snapshots.set(table, withoutLegs(state));
      else this.#hasLegs = true;
    }
  }
}

function rowTooLarge(table: string, bytes: number): TidemarkError {
  return new TidemarkError('ERR_TABLE_INVALID', {
    detail: `a row of ${table} has ${bytes} bytes; a record takes ${ROW_BYTES_MAX} at most`,
    remedy: `Publish the table without the columns that are so large (ALTER PUBLICATION … SET TABLE ${table} (uid, …)), drop the slot and run \`tidemark init\`; the snapshot reads the rows above archived_until again and duplicates are removed.`,
  });
}
