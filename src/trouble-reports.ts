import { hostname } from 'node:os';
import type { Clock } from './base/clock.ts';
import type { EventMap, Events } from './base/event-map.ts';
import { shardsTopic } from './config/names.ts';
import type { EventPublisher } from './log/event-publisher.ts';
import { writeTroubleEvent } from './log/trouble-event.ts';
import type { ReportedTrouble } from './log/trouble-event.ts';
import { MICROS_PER_SECOND } from './model/micros.ts';
import type { Micros } from './model/micros.ts';

export interface TroubleReportsOptions {
  readonly name: string;
  readonly events: Events;
  readonly clock: Clock;
  readonly publisher: Pick<EventPublisher, 'publish' | 'close'>;
}

/** A trouble that lasts is told again so often; a reader looks at the newest events only. */
const REPEAT_AFTER_MICROS = 30 * MICROS_PER_SECOND;

/**
 * Publishes what keeps a partition from getting on, so that `tidemark explain` can name it from outside of the
 * process, and after its end. There is no event for "mended": the partition's next commit says it
 * (docs/decisions/0056-troubles-are-events.md).
 */
export class TroubleReports {
  readonly #options: TroubleReportsOptions;
  readonly #ends: (() => void)[];
  /** What was last told of each partition, and when. */
  readonly #told = new Map<string, { readonly text: string; readonly at: Micros }>();
  /** To be told, the newest of each partition: while Kafka is away they must not pile up. */
  readonly #waiting = new Map<string, ReportedAt>();
  #sending: Promise<void> | undefined;

  constructor(options: TroubleReportsOptions) {
    this.#options = options;
    const { events } = options;
    this.#ends = [
      events.on('partition:troubled', (event) => this.#take(event)),
      events.on('partition:committed', ({ table, partition }) => this.#told.delete(`${table}/${partition}`)),
    ];
  }

  /** Waits until everything is told, or could not be, but not for long: nobody is to wait for Kafka to come back. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN_MS)));
    const closing = Promise.resolve(this.#sending).then(() => this.#options.publisher.close());
    await Promise.race([closing, patience]);
    clearTimeout(timer);
  }

  #take({ table, partition, trouble }: EventMap['partition:troubled']): void {
    const at = this.#options.clock.now();
    const key = `${table}/${partition}`;
    const text = `${trouble.code} ${trouble.detail} ${trouble.isFinal}`;
    const last = this.#told.get(key);
    if (last !== undefined && last.text === text && at - last.at < REPEAT_AFTER_MICROS) return;
    this.#told.set(key, { text, at });
    this.#waiting.set(key, { ...trouble, table, partition, process: PROCESS, at });
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#send(next);
  }

  #next(): ReportedAt | undefined {
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first[0]);
    return first?.[1];
  }

  async #send({ at: time, ...trouble }: ReportedAt): Promise<void> {
    const { name, publisher, events } = this.#options;
    try {
      await publisher.publish(writeTroubleEvent({ name, topic: shardsTopic(name), trouble, time }));
    } catch (error) {
      // Kafka is away: then that is the trouble, and anybody who asks will see it for himself.
      this.#told.delete(`${trouble.table}/${trouble.partition}`);
      const what = `a trouble of ${trouble.table}/${trouble.partition} could not be told`;
      events.emit('kafka:warned', { namespace: 'troubles', message: `${what}: ${String(error)}` });
    }
  }
}

type ReportedAt = ReportedTrouble & { readonly at: Micros };

const CLOSE_WITHIN_MS = 3_000;

const PROCESS = `${hostname()}:${process.pid}`;
