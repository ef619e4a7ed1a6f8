import type { Kafka } from 'kafkajs';

/** A seal as the events tell of it, with the time of its arrival. */
export interface SealedWindow {
  readonly windowEnd: string;
  readonly partition: number;
  readonly received: number;
  readonly arrivedAtMs: number;
}

interface WindowSealedEvent {
  readonly type: string;
  readonly data: {
    readonly window: { readonly end: string };
    readonly partition: number;
    readonly ledger: { readonly received: number };
  };
}

export interface SealWatch {
  /** Resolves when this many rows have been announced as sealed. */
  rows(count: number): Promise<void>;
  readonly seals: readonly SealedWindow[];
  close(): Promise<void>;
}

/** Follows the window-sealed events of an archive as any subscriber would: committed ones only. */
export async function watchSeals(options: { kafka: Kafka; name: string }): Promise<SealWatch> {
  const consumer = options.kafka.consumer({ groupId: `${options.name}-bench-seals`, maxWaitTimeInMs: 10 });
  const seals: SealedWindow[] = [];
  let total = 0;
  let wanted = Infinity;
  let finish: () => void = () => undefined;
  await consumer.connect();
  await consumer.subscribe({ topic: `${options.name}.shards`, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const event = JSON.parse(message.value?.toString() ?? '{}') as WindowSealedEvent;
      if (event.type === 'tidemark.window.sealed.v1') {
        const { window, partition, ledger } = event.data;
        const seal = { windowEnd: window.end, partition, received: ledger.received };
        seals.push({ ...seal, arrivedAtMs: Date.now() });
        total += ledger.received;
      }
      if (total >= wanted) finish();
      return Promise.resolve();
    },
  });
  return {
    seals,
    rows: (count) =>
      new Promise<void>((resolve) => {
        wanted = count;
        finish = resolve;
        if (total >= wanted) resolve();
      }),
    close: () => consumer.disconnect(),
  };
}
