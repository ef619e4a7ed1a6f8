import type { TableRow } from '../../capture/table-pager.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { ColumnNames } from '../../model/table.ts';
import { uidFromBytes } from '../../sinks/format/uid-bytes.ts';
import type { ArchivedRow } from '../../sinks/read/archived-row.ts';
import type { SourceDigester } from '../../sinks/read/source-digest.ts';
import { findDifference } from './compare-columns.ts';
import type { RowPair } from './compare-rows.ts';
import type { Difference, DifferenceKind, ReconcileCounts } from './reconcile-report.ts';

export interface TallyOptions {
  readonly watermark: Micros;
  readonly columns: ColumnNames;
  /** Null leaves the files alone. */
  readonly digester: SourceDigester | null;
  /** How many differences of each kind are kept. */
  readonly shown: number;
  /** True for a row that was rejected before it came to a window. */
  readonly wasRejected: (uid: string, createdAt: Micros) => Promise<boolean>;
}

/** Judges pairs and counts them. */
export class Tally {
  readonly counts: ReconcileCounts = {
    ...{ table: 0, archived: 0, equal: 0, rejected: 0, notYetDue: 0 },
    ...{ missing: 0, extra: 0, different: 0, doubled: 0, unread: 0 },
  };
  readonly differences: Difference[] = [];
  readonly #options: TallyOptions;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  async add({ row, archived }: RowPair): Promise<void> {
    const { counts } = this;
    const packed = archived.filter(({ shard }) => shard !== null);
    if (row !== null) counts.table++;
    counts.archived += packed.length;
    const [first, ...others] = packed;
    for (const other of others) this.#note('doubled', other, `${first!.shard} holds the row too`);
    if (first === undefined) {
      if (row === null) return;
      if (archived.length > 0) counts.rejected++;
      else await this.#addAbsent(row);
    } else if (row === null) this.#note('extra', first, 'the table has no such row (any more)');
    else await this.#compare(row, first, others.length > 0);
  }

  async #addAbsent(row: TableRow): Promise<void> {
    const { watermark, wasRejected } = this.#options;
    if (row.createdAt > watermark) this.counts.notYetDue++;
    else if (await wasRejected(uidFromBytes(row.uidBytes), row.createdAt)) this.counts.rejected++;
    else this.#note('missing', { ...row, shard: null }, 'in no shard and not listed as a reject');
  }

  async #compare(row: TableRow, archived: ArchivedRow, isDoubled: boolean): Promise<void> {
    const difference =
      findDifference(row, archived, this.#options.columns) ?? (await this.#compareBytes(row, archived));
    if (difference !== null) this.#note('different', archived, difference.what);
    else if (!isDoubled) this.counts.equal++;
  }

  async #compareBytes(row: TableRow, archived: ArchivedRow): Promise<{ readonly what: string } | null> {
    const { digester } = this.#options;
    if (digester === null || archived.sha256 === null) return null;
    const now = await digester.digest(row.fileLocation);
    if ('unread' in now) {
      this.counts.unread++;
      return null;
    }
    return now.sizeBytes === archived.sizeBytes && now.sha256.equals(archived.sha256)
      ? null
      : { what: 'the source file has other bytes than the shard' };
  }

  #note(kind: DifferenceKind, { createdAt, uidBytes, shard }: Placed, what: string): void {
    if (this.counts[kind]++ >= this.#options.shown) return;
    const uid = uidFromBytes(uidBytes);
    this.differences.push({ kind, uid, createdAt: formatMicros(createdAt), shard, what });
  }
}

type Placed = Pick<ArchivedRow, 'createdAt' | 'uidBytes' | 'shard'>;
