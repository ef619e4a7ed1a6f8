import type { Fault } from '../fault.ts';

export const powerCut: Fault = {
  name: 'power-cut',
  what: 'SIGKILL to everything at once: both servers and every process of ours',
  targets: ['capture', 'archive', 'kafka', 'postgres'],
  holdMs: [500, 2_000],
  settleMs: 9_000,
  run: async ({ captures, archives, kafka, postgres }) => {
    const members = [...captures, ...archives];
    await Promise.all([...members.map((member) => member.kill()), kafka.kill(), postgres.kill()]);
    return async () => {
      await Promise.all([kafka.restart(), postgres.restart()]);
    };
  },
};
