import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

let said = false;

/** Progress for people, on standard error so that no script's output is disturbed. */
export function say(line) {
  said = true;
  process.stderr.write(`${line}\n`);
}

/** An empty line after the progress, when there was any. */
say.done = () => {
  if (said) process.stderr.write('\n');
};

/** Ends the script: the message says what is wrong and which command mends it. */
export function stop(...lines) {
  process.stderr.write(`\n${lines.join('\n')}\n`);
  process.exit(1);
}

/** Runs a command that a person may watch. Its output goes to standard error. */
export function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

/** Runs a command whose output nobody needs; true when it ended well. */
export function succeeds(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'ignore', timeout: 15_000, ...options }).status === 0;
}
