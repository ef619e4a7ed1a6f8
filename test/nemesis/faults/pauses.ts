import { activeCapture } from '../active-capture.ts';
import type { Fault } from '../fault.ts';
import { SESSION_TIMEOUT_MS, WAL_SENDER_TIMEOUT_MS } from '../world.ts';

export const pauseArchive: Fault = {
  name: 'pause-archive',
  what: 'SIGSTOP to an archiver for longer than its session, then SIGCONT: the zombie may change nothing',
  targets: ['archive'],
  holdMs: [SESSION_TIMEOUT_MS + 1_500, SESSION_TIMEOUT_MS + 6_000],
  settleMs: 1_500,
  run: (world, random) => {
    const member = random.pick(world.archives);
    member.signal('SIGSTOP');
    return Promise.resolve(() => member.signal('SIGCONT'));
  },
};

export const pauseCapture: Fault = {
  name: 'pause-capture',
  what: 'SIGSTOP to the active capture until the server has given its slot to the standby, then SIGCONT',
  targets: ['capture'],
  holdMs: [WAL_SENDER_TIMEOUT_MS + 2_000, WAL_SENDER_TIMEOUT_MS + 5_000],
  settleMs: 1_500,
  run: (world) => {
    const member = activeCapture(world);
    member.signal('SIGSTOP');
    return Promise.resolve(() => member.signal('SIGCONT'));
  },
};
