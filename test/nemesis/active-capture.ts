import type { Member } from './member.ts';
import type { World } from './world.ts';

/** The capture that took the slot last, as the processes themselves say; the first one when none has yet. */
export function activeCapture(world: World): Member {
  const startedAt = new Map(world.captures.map((member) => [member, lastStart(member)]));
  return world.captures.reduce((best, other) =>
    startedAt.get(other)! > startedAt.get(best)! ? other : best,
  );
}

function lastStart(member: Member): number {
  if (!member.isUp) return -1;
  const line = member.log().findLast((text) => text.includes('"capture started"'));
  return line === undefined ? -1 : Number(new Date((JSON.parse(line) as { time: string }).time));
}
