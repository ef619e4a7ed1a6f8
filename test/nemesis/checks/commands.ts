import { runCommand } from '../run-command.ts';
import type { World } from '../world.ts';
import type { Finding } from './finding.ts';

/** Commands of ours that look at the archive and must find nothing. The independent checks stand beside them. */
export async function checkCommands(
  world: World,
  times: {
    /** Everything up to here is archived, microseconds. */
    readonly archivedUntil: number;
    /** Times in windows that are to be replayed. */
    readonly replayed: readonly number[];
  },
): Promise<Finding[]> {
  const commands = [
    ['verify'],
    ['reconcile', '--from', '1970-01-01', '--to', isoOf(times.archivedUntil), '--bytes'],
    ...times.replayed.map((time) => ['replay', '--window', isoOf(time)]),
  ];
  const findings = new Map<string, string[]>();
  for (const args of commands) {
    const { status, output } = await runCommand(world, args);
    const what = `what \`tidemark ${args[0]}\` complains of`;
    const problems = status === 0 ? [] : [`${args.join(' ')} ended with ${status}: ${output}`];
    findings.set(what, [...(findings.get(what) ?? []), ...problems]);
  }
  return [...findings].map(([what, problems]) => ({ what, problems }));
}

/** With all six digits: a row may stand a microsecond behind the edge of its window. */
function isoOf(micros: number): string {
  const millis = new Date(Math.floor(micros / 1_000)).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1_000).padStart(3, '0')}Z`;
}
