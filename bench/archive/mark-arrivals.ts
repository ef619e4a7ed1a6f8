import type { Kafka } from 'kafkajs';

export interface MarkArrival {
  readonly partition: number;
  readonly timeMicros: number;
  readonly clockMicros: number;
  readonly arrivedAtMs: number;
}

export interface MarkWatch {
  readonly marks: readonly MarkArrival[];
  close(): Promise<void>;
}

/** When a plain read-committed consumer sees each mark: no archiver can know earlier that a window is complete. */
export async function watchMarks(options: { kafka: Kafka; name: string; topic: string }): Promise<MarkWatch> {
  const consumer = options.kafka.consumer({ groupId: `${options.name}-bench-marks`, maxWaitTimeInMs: 10 });
  const marks: MarkArrival[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: options.topic, fromBeginning: true });
  await consumer.run({
    eachBatch: ({ batch }) => {
      const arrivedAtMs = Date.now();
      for (const { key, value } of batch.messages) {
        if (key !== null) continue;
        const { resolved } = JSON.parse(value?.toString() ?? '{}') as {
          resolved: { time: number; clock: number };
        };
        const { time: timeMicros, clock: clockMicros } = resolved;
        marks.push({ partition: batch.partition, timeMicros, clockMicros, arrivedAtMs });
      }
      return Promise.resolve();
    },
  });
  return { marks, close: () => consumer.disconnect() };
}
