import type { EventOf, TidemarkEvent } from '../log/event-contract.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import { partOf } from '../model/shard.ts';
import type { Fold } from './fold.ts';
import { PartitionWatermarks } from './partition-watermarks.ts';

type Seal = EventOf<'tidemark.window.sealed.v1'>;

/** A window that every partition has sealed, or a supplement of late rows to one. */
export interface WindowArchived {
  /** `schema.name` */
  readonly table: string;
  /** `window`: it is complete; `late`: rows that came after that. */
  readonly kind: 'window' | 'late';
  /** `(start, end]` of created_at, in UTC with microseconds. */
  readonly window: { readonly start: string; readonly end: string };
  /** Every seal of it, in the order of the log: of all partitions, early parts included; of a supplement the one. */
  readonly seals: readonly Seal[];
  /** The shards of all seals. */
  readonly shards: Seal['data']['shards'];
  /** Of all seals together. */
  readonly ledger: Seal['data']['ledger'];
}

interface OpenWindow {
  readonly start: Micros;
  readonly end: Micros;
  /** By id, in the order of the log: what is told again is taken once. */
  readonly seals: Map<string, { readonly seal: Seal; readonly at: Offset }>;
}

/**
 * Gathers the seals of each window until all partitions have sealed it, and delivers windows in the order of their ends.
 *
 * Windows that may have been sealed in part before the first event that we saw are passed over: those at or below
 * `floor`, which a stream from the middle of the log learns from what the partitions say first.
 */
export class WindowsFold implements Fold<WindowArchived> {
  readonly #table: string;
  readonly #partitions = new PartitionWatermarks();
  readonly #open = new Map<string, OpenWindow>();
  #floor: Micros | null;
  /** The first event of the table that we saw. */
  #began: Offset | null = null;

  constructor(options: { readonly table: string; readonly floor: Micros | null }) {
    this.#table = options.table;
    this.#floor = options.floor;
  }

  take(event: TidemarkEvent, at: Offset): readonly WindowArchived[] {
    if (event.data.table !== this.#table) return [];
    this.#began ??= at;
    const supplement = event.type === 'tidemark.window.sealed.v1' ? this.#gather(event, at) : [];
    if (!this.#partitions.take(event, at)) return supplement;
    if (event.type === 'tidemark.watermark.adjusted.v1') this.#goBack(event);
    return [...supplement, ...this.#complete()];
  }

  get needed(): Offset | null {
    // What the partitions say first must stay what they say first.
    if (this.#floor === null) return this.#began;
    const offsets = [...this.#open.values()].flatMap(({ seals }) => [...seals.values()].map(({ at }) => at));
    const { needed } = this.#partitions;
    if (needed !== null) offsets.push(needed);
    return offsets.length === 0 ? null : offsets.reduce((a, b) => (a < b ? a : b));
  }

  get floor(): Micros | null {
    return this.#floor;
  }

  /** @returns a supplement to a window that is complete. */
  #gather(seal: Seal, at: Offset): WindowArchived[] {
    const [start, end] = [parseMicros(seal.data.window.start), parseMicros(seal.data.window.end)];
    if (start === undefined || end === undefined) return [];
    if (this.#floor !== null && end <= this.#floor)
      return seal.data.kind === 'late' ? [archived('late', [seal])] : [];
    const key = `${end}/${start}`;
    const open = this.#open.get(key) ?? { start, end, seals: new Map() };
    // Of what is told again the last telling counts: it is what a stream that begins anew between the two has seen.
    open.seals.delete(seal.id);
    open.seals.set(seal.id, { seal, at });
    this.#open.set(key, open);
    return [];
  }

  /** What is above the new watermark of a partition is sealed, and told, anew. */
  #goBack({ data }: EventOf<'tidemark.watermark.adjusted.v1'>): void {
    const watermark = parseMicros(data.watermark) ?? (0 as Micros);
    for (const { end, seals } of this.#open.values())
      for (const [id, { seal }] of seals)
        if (seal.data.partition === data.partition && end > watermark) seals.delete(id);
    if (this.#floor !== null && watermark < this.#floor) this.#floor = watermark;
  }

  #complete(): WindowArchived[] {
    const { least, firstMax } = this.#partitions;
    if (least === null) return [];
    const floor = this.#floor ?? firstMax!;
    const ended = [...this.#open.entries()]
      .filter(([, { end }]) => end <= Math.max(least, floor))
      .sort(([, a], [, b]) => a.end - b.end || a.start - b.start);
    for (const [key] of ended) this.#open.delete(key);
    this.#floor = Math.max(floor, least) as Micros;
    return ended
      .filter(([, { end }]) => end > floor)
      .map(([, { seals }]) => [...seals.values()].map(({ seal }) => seal))
      .filter((seals) => seals.length > 0 && areWhole(seals))
      .map((seals) => archived('window', seals));
  }
}

/** Early parts may have been told before we listened, and their window is then nobody's to deliver. */
function areWhole(seals: readonly Seal[]): boolean {
  const first = new Map<number, number>();
  for (const { data } of seals.filter(({ data: { kind } }) => kind !== 'late'))
    for (const { name } of data.shards) {
      const part = partOf(name) ?? 1;
      first.set(data.partition, Math.min(first.get(data.partition) ?? part, part));
    }
  return [...first.values()].every((part) => part === 1);
}

function archived(kind: WindowArchived['kind'], seals: readonly Seal[]): WindowArchived {
  const { table, window } = seals[0]!.data;
  const ledger = { received: 0, archived: 0, duplicates: 0, rejected: 0 };
  for (const { data } of seals)
    for (const name of Object.keys(ledger) as (keyof typeof ledger)[]) ledger[name] += data.ledger[name];
  return { table, kind, window, seals, ledger, shards: seals.flatMap(({ data }) => data.shards) };
}
