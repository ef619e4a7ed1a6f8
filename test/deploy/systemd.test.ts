import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRepositoryFile, repositoryFiles } from '../support/repository.ts';
import { runCommand } from '../support/services/command.ts';
import { commandProblem } from './command-problem.ts';

/** In tenths of what `systemd-analyze security` calls OK; Node must write code and reach servers. */
const EXPOSURE_MAX = '20';

const units = repositoryFiles('deploy/systemd').map((path) => ({
  path,
  name: basename(path),
  text: readRepositoryFile(path),
}));

/** The command of a unit, without the name. */
function commandOf(text: string): string {
  return /^ExecStart=tidemark (.+)$/m.exec(text)![1]!;
}

describe('the units of systemd', () => {
  let folder: string;

  // `tidemark` is where npm puts it; the analysis wants a program that is here.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-units-'));
    for (const { name, text } of units)
      writeFileSync(join(folder, name), text.replace('ExecStart=tidemark', 'ExecStart=/bin/true'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function analyze(args: readonly string[]) {
    const result = await runCommand({ command: 'systemd-analyze', args });
    expect(result, 'systemd-analyze is missing: apt-get install systemd').toBeDefined();
    return result!;
  }

  it('are understood by systemd, word for word', async () => {
    const paths = units.map(({ name }) => join(folder, name));
    expect(await analyze(['verify', '--man=no', ...paths])).toEqual({ status: 0, output: '' });
    writeFileSync(join(folder, 'wrong.service'), '[Service]\nExecStart=/bin/true\nRestrat=always\n');
    expect((await analyze(['verify', '--man=no', join(folder, 'wrong.service')])).output).toContain(
      'Restrat',
    );
  });

  it('leave little to who breaks in', async () => {
    const options = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, '--no-pager'];
    for (const { name } of units) {
      const { status, output } = await analyze([...options, join(folder, name)]);
      expect(status, output).toBe(0);
    }
  });

  it('run commands that the command line has, each with a port of its own', async () => {
    const commands = units.map(({ text }) => commandOf(text));
    expect(commands.map((command) => command.split(' ')[0])).toEqual(['archive', 'capture', 'run']);
    const problems = await Promise.all(commands.map((command) => commandProblem(command)));
    expect(problems).toEqual([undefined, undefined, undefined]);
    expect(new Set(commands.map((command) => /--port (\d+)/.exec(command)![1])).size).toBe(units.length);
  });

  it('differ only in what they run and where it may write', () => {
    const rest = units.map(({ text }) =>
      text
        .slice(text.indexOf('[Unit]'))
        .replace(/^(Description|ExecStart|StateDirectory\w*)=.*\n/gm, '')
        .replace(/^# (May write|Writes nowhere).*\n/m, '')
        .replaceAll(/tidemark-\w+/g, 'NAME'),
    );
    expect(new Set(rest).size).toBe(1);
  });
});
