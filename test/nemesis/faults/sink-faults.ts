import type { Fault } from '../fault.ts';
import type { SinkFolder } from '../sink-folder.ts';
import type { World } from '../world.ts';

const broken = { targets: ['sink'], holdMs: [3_000, 7_000], settleMs: 2_000 } as const;

export const sinkFull: Fault = {
  ...broken,
  name: 'sink-full',
  what: 'the disk of the sink is full, then there is room again',
  run: async (world) => {
    const sink = sinkOf(world);
    await sink.fill();
    return () => sink.makeRoom();
  },
};

export const sinkReadOnly: Fault = {
  ...broken,
  name: 'sink-read-only',
  what: 'the sink is mounted read-only, then writable again',
  run: async (world) => {
    const sink = sinkOf(world);
    await sink.makeReadOnly();
    return () => sink.makeWritable();
  },
};

function sinkOf({ sink }: World): SinkFolder {
  if (sink === null)
    throw new Error('the sink is a plain folder: run-nemesis.ts mounts it for faults of the sink');
  return sink;
}
