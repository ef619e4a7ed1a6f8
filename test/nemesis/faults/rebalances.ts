import type { Fault } from '../fault.ts';

export const rebalance: Fault = {
  name: 'rebalance',
  what: 'a fourth archiver joins, one of the three leaves, and both go back on it',
  targets: ['archive'],
  holdMs: [3_000, 6_000],
  settleMs: 1_500,
  run: async (world, random) => {
    const [member, guest] = [random.pick(world.archives), world.guest];
    guest.start();
    await member.leave();
    return async () => {
      member.start();
      await guest.leave();
    };
  },
};

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  what: 'every process is drained and started again, one after the other, as an upgrade does it',
  targets: ['archive', 'capture'],
  holdMs: [0, 0],
  settleMs: 1_500,
  run: async (world) => {
    for (const member of [...world.archives, ...world.captures]) await member.drain();
    return undefined;
  },
};
