import { Observable } from 'rxjs';
import { TidemarkError } from '../base/errors.ts';
import type { EventOf, EventType, TidemarkEvent } from '../log/event-contract.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Delivery } from './delivery.ts';
import { EventStream } from './event-stream.ts';
import { eachEvent } from './fold.ts';
import type { Fold } from './fold.ts';
import type { StreamPosition } from './position.ts';
import type { StreamName, SubscriberOptions } from './subscriber-options.ts';
import { WatermarkFold } from './watermark-fold.ts';
import type { WatermarkMoved } from './watermark-fold.ts';
import { WindowsFold } from './windows-fold.ts';
import type { WindowArchived } from './windows-fold.ts';

/** A shard is durable and counts. */
export type ShardCreated = EventOf<'tidemark.shard.created.v1'>;
/** A row, or a record that is no row, could not be archived. */
export type RecordRejected = EventOf<'tidemark.record.rejected.v1'>;
/** One partition has sealed a window, a part of it, or a supplement. */
export type WindowSealed = EventOf<'tidemark.window.sealed.v1'>;

/** Deliveries to be pulled, one by one; see {@link Delivery.done}. */
export type DeliveryStream<T> = AsyncIterableIterator<Delivery<T>, undefined> & {
  /** Commits what is done and leaves the group. What is out and not done comes again. */
  close(): Promise<void>;
};

/**
 * Follows what an archive says it has archived. Each call of a method, and each subscription of an observable, opens
 * a stream: a member of the consumer group of that stream. One member of a group is given the events, the others stand by
 * and take over when it dies.
 *
 * An observable pushes its next delivery once fewer than `unacknowledgedMax` are out, so `concatMap` and `mergeMap` behind
 * it hold no more than that. Its errors are those that end the stream.
 */
export interface Subscriber {
  /** Every shard, in the order of the log. */
  shards(): DeliveryStream<ShardCreated>;
  /** Every window that all partitions have sealed, in the order of their ends, and every supplement. Needs `table`. */
  windows(): DeliveryStream<WindowArchived>;
  /** The watermark of the table, whenever it moves because the last of its partitions has sealed. Needs `table`. */
  watermark(): DeliveryStream<WatermarkMoved>;
  /** Every row or record that could not be archived. */
  rejects(): DeliveryStream<RecordRejected>;
  readonly shards$: Observable<Delivery<ShardCreated>>;
  readonly windows$: Observable<Delivery<WindowArchived>>;
  readonly watermark$: Observable<Delivery<WatermarkMoved>>;
  readonly rejects$: Observable<Delivery<RecordRejected>>;
  /** Ends every open stream: commits what is done and leaves the groups. */
  close(): Promise<void>;
}

const SESSION_TIMEOUT_MS = 30_000;

/**
 * Makes a subscriber. Nothing is connected before the first pull.
 *
 * @example
 * const subscriber = createSubscriber({ kafka: { brokers: ['kafka:9092'] }, groupId: 'indexer', from: 'beginning' });
 * for await (const delivery of subscriber.shards()) {
 *   await index(delivery.value.data.shard);
 *   await delivery.done();
 * }
 */
export function createSubscriber(options: SubscriberOptions): Subscriber {
  const open = new Set<{ close(): Promise<void> }>();
  const stream = <T>(name: StreamName, createFold: (start: StreamPosition) => Fold<T>): DeliveryStream<T> => {
    const made = new EventStream({
      kafka: options.kafka,
      topic: `${options.name ?? 'tidemark'}.${name === 'rejects' ? 'rejects' : 'shards'}`,
      groupId: `${options.groupId}.${name}`,
      from: options.from,
      resumeAfter: () => options.resumeAfter?.(name) ?? null,
      unacknowledgedMax: requirePositive(options.unacknowledgedMax ?? 1),
      sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      onWarning: options.onWarning ?? warn,
      createFold,
      onClosed: () => open.delete(made),
    });
    open.add(made);
    return made;
  };
  const shards = () =>
    stream('shards', ({ floor }) =>
      eachEvent(
        (event): event is ShardCreated =>
          isOf(event, 'tidemark.shard.created.v1', options) && endsAfter(event, floor),
        floor,
      ),
    );
  const windows = () => {
    const table = requireTable('windows', options);
    return stream('windows', ({ floor }) => new WindowsFold({ table, floor }));
  };
  const watermark = () => {
    const table = requireTable('watermark', options);
    return stream('watermark', ({ floor }) => new WatermarkFold({ table, floor }));
  };
  const rejects = () =>
    stream('rejects', ({ floor }) =>
      eachEvent(
        (event): event is RecordRejected => isOf(event, 'tidemark.record.rejected.v1', options),
        floor,
      ),
    );
  return {
    ...{ shards, windows, watermark, rejects },
    ...{ shards$: observe(shards), windows$: observe(windows) },
    ...{ watermark$: observe(watermark), rejects$: observe(rejects) },
    close: async () => {
      await Promise.all([...open].map((made) => made.close()));
    },
  };
}

function observe<T>(openStream: () => DeliveryStream<T>): Observable<Delivery<T>> {
  return new Observable((subscriber) => {
    const stream = openStream();
    const push = async (): Promise<void> => {
      for await (const delivery of stream) subscriber.next(delivery);
      subscriber.complete();
    };
    push().catch((error: unknown) => subscriber.error(error));
    return () => void stream.close();
  });
}

function isOf<T extends EventType>(
  event: TidemarkEvent,
  type: T,
  { table }: Pick<SubscriberOptions, 'table'>,
): event is Extract<TidemarkEvent, { type: T }> {
  return event.type === type && (table === undefined || event.data.table === table);
}

function endsAfter({ data }: ShardCreated, floor: Micros | null): boolean {
  return floor === null || (parseMicros(data.window.end) ?? floor) > floor;
}

/** @throws TidemarkError ERR_CLIENT_OPTION */
function requireTable(stream: StreamName, { table }: SubscriberOptions): string {
  if (table !== undefined) return table;
  throw new TidemarkError('ERR_CLIENT_OPTION', {
    detail: `${stream}() follows one table; give \`table\`, as schema.name`,
  });
}

/** @throws TidemarkError ERR_CLIENT_OPTION */
function requirePositive(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TidemarkError('ERR_CLIENT_OPTION', {
    detail: `unacknowledgedMax is ${count}; it is a whole number from 1 on`,
  });
}

function warn(text: string): void {
  process.emitWarning(text, 'TidemarkWarning');
}
