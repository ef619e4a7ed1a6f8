import type { World } from '../world.ts';
import { runCommand } from '../run-command.ts';
import type { Finding } from './finding.ts';

/** Commands of ours that look at the whole archive and must find nothing. The independent checks stand beside them. */
const COMMANDS: readonly (readonly string[])[] = [['verify']];

export async function checkCommands(world: World): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const args of COMMANDS) {
    const { status, output } = await runCommand([...args, '--config', world.configPath]);
    const problems = status === 0 ? [] : [`it ended with ${status}: ${output}`];
    findings.push({ what: `what \`tidemark ${args.join(' ')}\` complains of`, problems });
  }
  return findings;
}
