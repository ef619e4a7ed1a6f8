/** What `tidemark reconcile --json` prints (docs/reconcile.md). Part of the product's face: fields are added, never changed. */
export interface ReconcileReport {
  readonly name: string;
  /** Exclusive, ISO 8601. */
  readonly from: string;
  /** Inclusive. */
  readonly to: string;
  readonly equal: boolean;
  readonly tables: readonly TableReconciliation[];
}

export interface TableReconciliation {
  readonly table: string;
  /** archived_until, as it was before the comparison began. */
  readonly watermark: string;
  readonly counts: ReconcileCounts;
  /** Rows that capture has sent and the archive has not sealed; read only when rows are missing, else null. */
  readonly unsealed: number | null;
  /** The first of each kind, in the order of their keys. */
  readonly differences: readonly Difference[];
}

export interface ReconcileCounts {
  /** Rows of the table in the range. */
  table: number;
  /** Rows of the shards in the range. */
  archived: number;
  /** In the table and in exactly one shard, and equal. */
  equal: number;
  /** In the table, in no shard, and listed as a reject. */
  rejected: number;
  /** In the table, in no shard, and later than the watermark. */
  notYetDue: number;
  missing: number;
  extra: number;
  different: number;
  /** In a shard although another shard holds it too. */
  doubled: number;
  /** Source files that could not be compared byte by byte: gone, or not readable here. */
  unread: number;
}

export type DifferenceKind = 'missing' | 'extra' | 'different' | 'doubled';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly uid: string;
  readonly createdAt: string;
  /** Null for a missing row. */
  readonly shard: string | null;
  /** What differs; never the values. */
  readonly what: string;
}

export function isEqual({ missing, extra, different, doubled }: ReconcileCounts): boolean {
  return missing + extra + different + doubled === 0;
}
