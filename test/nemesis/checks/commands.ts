import { runCommand } from '../run-command.ts';
import type { World } from '../world.ts';
import type { Finding } from './finding.ts';

/** Commands of ours that look at the whole archive and must find nothing. The independent checks stand beside them. */
export async function checkCommands(world: World, archivedUntilMicros: number): Promise<Finding[]> {
  const until = new Date(archivedUntilMicros / 1_000).toISOString();
  const commands = [['verify'], ['reconcile', '--from', '1970-01-01', '--to', until, '--bytes']];
  const findings: Finding[] = [];
  for (const args of commands) {
    const { status, output } = await runCommand([...args, '--config', world.configPath]);
    const problems = status === 0 ? [] : [`it ended with ${status}: ${output}`];
    findings.push({ what: `what \`tidemark ${args[0]}\` complains of`, problems });
  }
  return findings;
}
