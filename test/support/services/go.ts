import { runCommand } from './command.ts';
import { ServiceMissing } from './service-missing.ts';

/** versitygw needs it. */
const GO_MIN = { major: 1, minor: 25 };
const REMEDY = `install Go ${GO_MIN.major}.${GO_MIN.minor} or newer (apt-get install golang-go, where the distribution has it)`;

/** @returns the command that runs Go. @throws ServiceMissing when there is none, or an old one. */
export async function goCommand(): Promise<string> {
  const version = await runCommand({ command: 'go', args: ['env', 'GOVERSION'] });
  if (version === undefined) throw new ServiceMissing('there is no `go`', { remedy: REMEDY });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version.output) ?? [];
  if (Number(major) > GO_MIN.major || Number(minor) >= GO_MIN.minor) return 'go';
  throw new ServiceMissing(`\`go\` is too old: ${version.output.trim()}`, { remedy: REMEDY });
}
