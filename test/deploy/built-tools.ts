import { goProgram } from '../support/services/go-program.ts';
import type { GoProgram } from '../support/services/go-program.ts';
import { runCommand } from '../support/services/command.ts';
import type { CommandResult } from '../support/services/command.ts';

const HELM = 'helm.sh/helm/v3';
const COMPOSE = 'github.com/docker/compose/v5';

/** Runs helm, which the first call ever builds. @throws ServiceMissing when it must be built and cannot. */
export function helm(args: readonly string[]): Promise<CommandResult> {
  return runBuilt({ name: 'helm', version: '3.20.2', module: HELM, main: `${HELM}/cmd/helm` }, args);
}

/** Runs Docker's Compose without Docker, likewise. */
export function dockerCompose(args: readonly string[]): Promise<CommandResult> {
  const program = { name: 'docker-compose', version: '5.0.2', module: COMPOSE, main: `${COMPOSE}/cmd` };
  return runBuilt(program, args);
}

async function runBuilt(program: GoProgram, args: readonly string[]): Promise<CommandResult> {
  const path = await goProgram(program, (line) => process.stderr.write(`${line}\n`));
  const result = await runCommand({ command: path, args });
  if (result === undefined) throw new Error(`${path} is not there any more`);
  return result;
}
