import { activeCapture } from '../active-capture.ts';
import type { Fault } from '../fault.ts';

export const killCapture: Fault = {
  name: 'kill-capture',
  what: 'SIGKILL to the capture that reads the slot; the standby takes over',
  targets: ['capture'],
  holdMs: [0, 0],
  settleMs: 2_000,
  run: async (world) => {
    await activeCapture(world).kill();
    return undefined;
  },
};

export const killArchive: Fault = {
  name: 'kill-archive',
  what: 'SIGKILL to one, two or all of the archivers',
  targets: ['archive'],
  holdMs: [0, 0],
  settleMs: 3_000,
  run: async (world, random) => {
    const [first, ...others] = world.archives;
    await first!.kill();
    await Promise.all(others.filter(() => random.chance(0.5)).map((member) => member.kill()));
    return undefined;
  },
};

export const hardStop: Fault = {
  name: 'hard-stop',
  what: 'two signals at once to an archiver and a capture: they end without finishing what is under way',
  targets: ['archive', 'capture'],
  holdMs: [0, 0],
  settleMs: 2_000,
  run: async (world, random) => {
    await Promise.all([random.pick(world.archives).stop(), activeCapture(world).stop()]);
    return undefined;
  },
};
