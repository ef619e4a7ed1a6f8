import type { Fault } from '../fault.ts';

const away = { targets: ['kafka'], holdMs: [1_000, 5_000], settleMs: 9_000 } as const;

export const kafkaHalt: Fault = {
  ...away,
  name: 'kafka-halt',
  what: 'the broker is shut down cleanly and started again',
  run: async ({ kafka }) => {
    await kafka.halt();
    return () => kafka.restart();
  },
};

export const kafkaKill: Fault = {
  ...away,
  name: 'kafka-kill',
  what: 'SIGKILL to the broker',
  run: async ({ kafka }) => {
    await kafka.kill();
    return () => kafka.restart();
  },
};

export const kafkaPause: Fault = {
  ...away,
  name: 'kafka-pause',
  what: 'SIGSTOP to the broker for longer than every session, then SIGCONT',
  holdMs: [5_000, 12_000],
  settleMs: 4_000,
  run: ({ kafka }) => {
    const { pid } = kafka;
    process.kill(pid, 'SIGSTOP');
    return Promise.resolve(() => {
      process.kill(pid, 'SIGCONT');
    });
  },
};
