import { readRepositoryFile } from '../../support/repository.ts';
import type { Random } from '../../support/random.ts';
import type { Fault } from '../fault.ts';
import type { Member } from '../member.ts';

export const failpointArchive: Fault = {
  name: 'failpoint-archive',
  what: 'every archiver starts anew and is to die at a step of its own (docs/reliability.md lists them)',
  targets: ['archive'],
  holdMs: [6_000, 9_000],
  settleMs: 1_000,
  run: (world, random) => dieAtFailpoints(world.archives, random, /^(shard|manifest|archive):/),
};

export const failpointCapture: Fault = {
  name: 'failpoint-capture',
  what: 'both captures start anew, and whichever has the slot is to die at a step',
  targets: ['capture'],
  holdMs: [4_000, 6_000],
  settleMs: 1_000,
  run: (world, random) => dieAtFailpoints(world.captures, random, /^capture:/),
};

async function dieAtFailpoints(members: readonly Member[], random: Random, which: RegExp) {
  const names = failpointNames().filter((name) => which.test(name));
  const armed = members.map((member) => ({
    member,
    failpoint: `${random.pick(names)}=kill@${random.between(1, 4)}`,
  }));
  await Promise.all(armed.map(({ member }) => member.end()));
  for (const { member, failpoint } of armed) member.start(failpoint);
  // Who has not come by its step by then starts anew without one.
  return async () => {
    await Promise.all(armed.filter(({ member }) => member.isArmed).map(({ member }) => member.kill()));
  };
}

/** The table of docs/reliability.md; test/tidy.test.ts holds it and the code together. */
function failpointNames(): string[] {
  const page = readRepositoryFile('docs/reliability.md');
  return [...page.matchAll(/^\| `([\w-]+:[\w.-]+)` \|/gm)].map(([, name]) => name!);
}
