import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { readCommittedWatermarks } from './committed-watermarks.ts';
import { DurableRows } from './durable-rows.ts';
import { readArchivedUntil, withClient } from './source-table.ts';
import { isOutage } from './writers.ts';
import { PARTITIONS } from './world.ts';
import type { World } from './world.ts';

/** How far the archive has come, as the watcher saw it last. */
export interface Seen {
  /** Committed watermark by partition, microseconds; empty before the first. */
  readonly partitions: ReadonlyMap<number, number>;
  readonly archivedUntil: number | null;
}

const LOOK_EVERY_MS = 500;
const STANDSTILL_MS = 120_000;

/**
 * Looks all the time at what the archive claims and whether it is so:
 *
 * - no partition's committed watermark goes back, nor does `archived_until`;
 * - `archived_until` is never ahead of the least committed watermark;
 * - at the moment a partition's watermark shows W, each on-time row (fates.ts) of that partition with created_at ≤ W
 *   stands in a shard or among the rejects of a manifest that was on the disk *before* that moment, and each shard of
 *   those manifests is there with the size that the manifest names.
 *
 * It reads offsets through KafkaJS's admin client, manifests and shards off the disk and rows from the table.
 */
export class Watcher {
  readonly problems: { readonly back: string[]; readonly ahead: string[] } = { back: [], ahead: [] };
  readonly #world: World;
  readonly #durable: DurableRows;
  readonly #looked = new EventEmitter();
  readonly #end = new AbortController();
  readonly #partitions = new Map<number, number>();
  #archivedUntil: number | null = null;
  #running: Promise<void> | undefined;
  #looks = 0;
  #movedAtMs = performance.now();

  constructor(world: World) {
    this.#world = world;
    this.#durable = new DurableRows(world, this.problems.ahead);
  }

  get seen(): Seen {
    return { partitions: this.#partitions, archivedUntil: this.#archivedUntil };
  }

  get looks(): number {
    return this.#looks;
  }

  get rowsChecked(): number {
    return this.#durable.rowsChecked;
  }

  start(): void {
    this.#running = this.#run();
    // Whoever waits below sees it; this only keeps Node quiet until then.
    this.#running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  /**
   * Waits until every partition and `archived_until` have reached a time.
   *
   * @throws Error when nothing has moved for two minutes.
   */
  async untilArchived(timeMicros: number, signal: AbortSignal): Promise<void> {
    this.#movedAtMs = performance.now();
    while (!this.#hasReached(timeMicros)) {
      await this.#untilLook(signal);
      if (performance.now() - this.#movedAtMs > STANDSTILL_MS)
        throw new Error(
          `no watermark has moved for ${STANDSTILL_MS / 1_000} s although nothing is broken any more`,
        );
    }
  }

  /** @throws what ended the watcher. */
  async #untilLook(signal: AbortSignal): Promise<void> {
    await Promise.race([once(this.#looked, 'look', { signal }), this.#running]);
  }

  #hasReached(timeMicros: number): boolean {
    if (this.#partitions.size < PARTITIONS || this.#archivedUntil === null) return false;
    return [...this.#partitions.values(), this.#archivedUntil].every((reached) => reached >= timeMicros);
  }

  async #run(): Promise<void> {
    const admin = this.#world.kafkaClient(1).admin();
    try {
      while (!this.#end.signal.aborted) {
        await this.#look(admin);
        this.#looks++;
        this.#looked.emit('look');
        await delay(LOOK_EVERY_MS, undefined, { signal: this.#end.signal }).catch(() => undefined);
      }
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** The row first: the metadata, read later, can then only be further on. */
  async #look(admin: Admin): Promise<void> {
    const written = await this.#orNull(() => withClient(this.#world.postgres.url, readArchivedUntil));
    const committed = await this.#readCommitted(admin);
    const atMs = Date.now() + 1;
    if (written !== null) this.#archivedUntil = this.#forward('archived_until', this.#archivedUntil, written);
    for (const [partition, watermark] of committed ?? []) {
      const before = this.#partitions.get(partition) ?? null;
      const reached = this.#forward(`the watermark of partition ${partition}`, before, watermark);
      this.#partitions.set(partition, reached);
      if (before === null || reached > before)
        this.#durable.expect({ partition, from: before, to: reached, atMs });
    }
    if (written !== null && committed !== null && committed.size === PARTITIONS) {
      const least = Math.min(...committed.values());
      if (written > least)
        this.problems.ahead.push(`archived_until is ${written}, the least committed watermark ${least}`);
    }
    await this.#orNull(() => withClient(this.#world.postgres.url, (client) => this.#durable.check(client)));
  }

  #forward(what: string, before: number | null, now: number): number {
    if (before !== null && now < before)
      this.problems.back.push(`${what} went from ${before} back to ${now}`);
    if (before === null || now > before) this.#movedAtMs = performance.now();
    return Math.max(before ?? now, now);
  }

  async #readCommitted(admin: Admin): Promise<Map<number, number> | null> {
    const { name } = this.#world;
    try {
      await admin.connect();
      const found = await readCommittedWatermarks(admin, {
        groupId: `${name}-archive`,
        topic: `${name}.public.files`,
      });
      return new Map([...found].map(([partition, { watermarkMicros }]) => [partition, watermarkMicros]));
    } catch (error) {
      if (!isKafkaAway(error)) throw error;
      return null;
    }
  }

  /** Null while Postgres is away. */
  async #orNull<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!isOutage(error)) throw error;
      return null;
    }
  }
}

function isKafkaAway(error: unknown): boolean {
  return String((error as { name?: unknown }).name).startsWith('KafkaJS');
}
