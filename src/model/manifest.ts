import type { Ledger } from './ledger.ts';
import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';
import type { Reject } from './row.ts';
import type { SealKind, ShardInfo } from './shard.ts';
import type { Window } from './window.ts';

/** One seal as it stands on the sink. A shard counts only if a manifest names it. No clock, host or path in it. */
export interface Manifest {
  readonly format: 'tidemark-manifest';
  readonly version: 1;
  readonly table: string;
  readonly kind: SealKind;
  readonly window: Window;
  readonly partition: number;
  readonly partitionCount: number;
  /** First and last offset of the seal's rows in the log; null when it came through the batch path. */
  readonly offsets: { readonly first: Offset; readonly last: Offset } | null;
  readonly payload: 'file' | 'row';
  readonly ledger: Ledger;
  /** sha256 of the seal's input (sorted lines), so that a replay knows its own work. */
  readonly rowsSha256: string;
  readonly shards: readonly ShardInfo[];
  readonly rejects: readonly Reject[];
  readonly minCreatedAt: Micros | null;
  readonly maxCreatedAt: Micros | null;
  /** Versions that fix the bytes. */
  readonly tool: { readonly tidemark: string; readonly zstd: string; readonly level: number };
}
