import { EventEmitter } from 'node:events';
import type { CleanupTally, KeptReason } from '../model/cleanup.ts';
import type { CycleReport, CycleStrategy } from '../model/cycle.ts';
import type { Ledger } from '../model/ledger.ts';
import type { Micros } from '../model/micros.ts';
import type { Lsn } from '../model/lsn.ts';
import type { RejectReason } from '../model/row.ts';
import type { SealKind, ShardInfo } from '../model/shard.ts';
import type { Window } from '../model/window.ts';
import type { FilterEvents } from './filter-events.ts';
import type { HttpEvents } from './http-events.ts';
import type { Trouble } from './trouble.ts';

interface Place {
  readonly table: string;
  readonly partition: number;
}

interface CyclePlace {
  readonly table: string;
  readonly strategy: CycleStrategy;
}

/** Everything that happens, by name `noun:verb`. Metrics, logs and the live screen are its subscribers. */
export interface EventMap extends FilterEvents, HttpEvents {
  'capture:started': { readonly slot: string; readonly lsn: Lsn; readonly epoch: number };
  /** Rows of the table were not captured; it is read again above archived_until. */
  'capture:gap': {
    readonly table: string;
    readonly cause: 'slot' | 'publication';
    readonly capturedLsn: Lsn;
  };
  'capture:waiting': { readonly slot: string; readonly activePid: number | null };
  /** One Kafka transaction: rows of the stream, or a page of a snapshot. */
  'capture:committed': {
    readonly rows: number;
    readonly bytes: number;
    readonly lsn: Lsn;
    readonly durationMs: number;
  };
  'capture:paused': { readonly inFlightRows: number; readonly inFlightBytes: number };
  'capture:reconnecting': { readonly attempt: number; readonly delayMs: number; readonly reason: string };
  'mark:emitted': { readonly time: Micros; readonly clock: Micros };
  'mark:held-back': { readonly pid: number; readonly ageMs: number };
  'mark:sent': { readonly time: Micros; readonly epoch: number; readonly sequence: number };
  'snapshot:started': { readonly table: string; readonly leg: number };
  /** The oldest writing transaction that the snapshot has to wait for; pid 0 for a prepared one. */
  'snapshot:waiting': { readonly table: string; readonly pid: number; readonly ageMs: number };
  'snapshot:progressed': { readonly table: string; readonly rows: number; readonly time: Micros };
  'snapshot:finished': { readonly table: string; readonly rows: number };
  'kafka:warned': { readonly namespace: string; readonly message: string };
  /** Kafka does not answer yet. */
  'archive:waiting': { readonly attempt: number; readonly reason: string };
  'group:joined': { readonly partitions: number; readonly generation: number };
  'partition:restored': Place & { readonly watermark: Micros; readonly offset: number };
  'partition:gated': Place & { readonly until: Micros };
  /** The same, and what ends the process: why the partition does not get on, with what mends it. */
  'partition:troubled': Place & { readonly trouble: Trouble };
  'partition:failed': Place & {
    readonly reason: string;
    /** What the operator does; null where nobody has thought of it. */
    readonly remedy?: string | null;
    readonly attempt: number;
  };
  'rows:received': Place & { readonly rows: number };
  'rows:surplus': Place & { readonly rows: number };
  'window:opened': Place & { readonly window: Window };
  'window:full': Place & { readonly window: Window; readonly rows: number };
  'shard:stored': Place & { readonly shard: ShardInfo; readonly durationMs: number };
  /** A file that no manifest names has a shard's name: it stays, and the shard gets another name. */
  'shard:passed-over': Place & { readonly name: string; readonly reason: string };
  /** Half-written files of processes that were killed have been removed. */
  'sink:swept': { readonly files: number };
  /** The bucket's server does not keep conditions: of two writers of one name the later one may win. */
  'sink:unguarded': { readonly bucket: string };
  /** A file is durable on the sink, or stood there already with the same bytes. */
  'sink:stored': { readonly name: string };
  /** The sink has refused a call, or broke it off; a seal is tried again. */
  'sink:failed': { readonly operation: 'read' | 'write'; readonly name: string; readonly reason: string };
  /** The sink has not answered a call for this long, and has given no error either. */
  'sink:held': { readonly operation: string; readonly name: string; readonly heldMs: number };
  'sink:answered': { readonly operation: string; readonly name: string; readonly heldMs: number };
  'window:sealed': Place & {
    readonly window: Window;
    readonly kind: SealKind;
    readonly ledger: Ledger;
    readonly shards: readonly ShardInfo[];
    readonly durationMs: number;
  };
  'row:rejected': Place & { readonly reason: RejectReason; readonly rows: number };
  'partition:committed': Place & {
    readonly watermark: Micros;
    readonly openWindows: number;
    readonly openRows: number;
    readonly lateRows: number;
  };
  'watermark:waiting': { readonly table: string; readonly reason: string; readonly attempt: number };
  'watermark:moved': { readonly table: string; readonly from: Micros; readonly to: Micros };
  /** `tidemark sync-archived` has gone over a batch, up to a time: so many rows were set, so many are in no shard. */
  'archived:synced': {
    readonly table: string;
    readonly rows: number;
    readonly unarchived: number;
    readonly time: Micros;
  };
  /** Kafka does not answer yet. */
  'cleanup:connecting': { readonly table: string; readonly attempt: number; readonly reason: string };
  'cleanup:joined': { readonly table: string; readonly partitions: number };
  /** What a clean-up that ends by itself has found to do, and what is not old enough. */
  'cleanup:planned': {
    readonly table: string;
    readonly dueShards: number;
    readonly waitingShards: number;
    readonly waitingFiles: number;
  };
  /** A shard's source files stay for some time yet. */
  'cleanup:waiting': Place & { readonly shard: string; readonly until: Micros };
  /** The source files of a shard are removed, durably, and that is committed. */
  'cleanup:cleaned': Place & {
    readonly shard: string;
    readonly tally: CleanupTally;
    readonly announcedAt: Micros;
    readonly durationMs: number;
  };
  /** Source files of a shard that are not what it holds, or stand where nothing may be removed: they stay. */
  'cleanup:kept': {
    readonly table: string;
    readonly shard: string;
    readonly reason: KeptReason;
    readonly files: number;
    /** Of the first of them. */
    readonly uids: readonly string[];
  };
  /** Source files that the system does not let us remove; they are tried again until it does. */
  'cleanup:failed': {
    readonly table: string;
    readonly shard: string;
    readonly files: number;
    /** Of the first of them. */
    readonly reason: string;
    readonly uid: string;
    readonly attempt: number;
  };
  /** The clean-up of a table does not get on and tries again: the archive has not committed a window, the sink is away … */
  'cleanup:troubled': Place & { readonly trouble: Trouble; readonly attempt: number };
  /** The clean-up of a table has ended, and nothing of it is removed until somebody has looked. */
  'cleanup:stopped': { readonly table: string; readonly trouble: Trouble };
  /** The lock that keeps a table from being archived in two ways is not held: Postgres is away. */
  'lock:waiting': { readonly reason: string; readonly attempt: number };
  /** A batch cycle begins; `window` is null when nothing is due. */
  'cycle:started': CyclePlace & {
    readonly window: { readonly start: Micros | null; readonly end: Micros } | null;
    readonly lagMicros: number;
    readonly archivedUntil: Micros | null;
  };
  /** Rows of the cycle that are read and not yet sealed. */
  'cycle:progressed': CyclePlace & { readonly readRows: number; readonly pendingRows: number };
  'cycle:finished': CyclePlace & { readonly report: CycleReport };
  'cycle:failed': CyclePlace & { readonly reason: string; readonly remedy: string | null };
  'database:operated': {
    readonly operation: 'select' | 'update' | 'insert' | 'mark';
    readonly count: number;
  };
}

export type EventName = keyof EventMap;

/** A typed emitter over {@link EventMap}. Listeners run at once, in order, and must not throw. */
export class Events {
  readonly #emitter = new EventEmitter().setMaxListeners(50);

  emit<N extends EventName>(name: N, payload: EventMap[N]): void {
    this.#emitter.emit(name, payload);
  }

  /** @returns a function that ends the subscription. */
  on<N extends EventName>(name: N, listener: (payload: EventMap[N]) => void): () => void {
    this.#emitter.on(name, listener);
    return () => {
      this.#emitter.off(name, listener);
    };
  }
}
