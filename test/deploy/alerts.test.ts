import { describe, expect, it } from 'vitest';
import { readRepositoryFile, REPOSITORY, repositoryFiles } from '../support/repository.ts';
import { runCommand } from '../support/services/command.ts';
import { alertRules } from './alert-rules.ts';
import { commandProblem } from './command-problem.ts';

const PROMETHEUS = 'deploy/prometheus';
const RUNBOOKS = 'docs/runbooks';

async function promtool(args: readonly string[]) {
  const result = await runCommand({ command: 'promtool', args });
  expect(result, 'promtool is missing: apt-get install prometheus').toBeDefined();
  return result!;
}

describe('the alert rules', () => {
  it('are rules of Prometheus, and so is the configuration beside them', async () => {
    const checks = [
      ['check', 'rules', `${REPOSITORY}${PROMETHEUS}/alerts.yml`],
      ['check', 'config', `${REPOSITORY}${PROMETHEUS}/prometheus.yml`],
      ['check', 'config', `${REPOSITORY}deploy/compose/prometheus.yml`],
    ];
    const results = await Promise.all(checks.map(promtool));
    expect(results.map(({ status, output }) => (status === 0 ? '' : output))).toEqual(['', '', '']);
  });

  it('fire and do not fire as their tests say; each is seen to fire', async () => {
    const { status, output } = await promtool([
      'test',
      'rules',
      `${REPOSITORY}${PROMETHEUS}/alerts.test.yml`,
    ]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
    const tests = readRepositoryFile(`${PROMETHEUS}/alerts.test.yml`);
    const fired = alertRules().filter(
      ({ alert }) =>
        tests.includes(`ALERTS{alertname="${alert}",alertstate="firing",`) ||
        new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:`).test(tests),
    );
    expect(fired).toEqual(alertRules());
  });

  it('have a severity, and what people are told', () => {
    for (const { alert, labels, annotations } of alertRules()) {
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.summary, alert).not.toBe('');
      expect(annotations.description, alert).toMatch(/\.$/);
    }
  });
});

describe('the runbooks', () => {
  const pages = alertRules().map(({ alert, annotations }) => ({
    alert,
    path: annotations.runbook_url,
    text: readRepositoryFile(annotations.runbook_url),
  }));

  it('are one page for each alert, named for it, and no other', () => {
    for (const { alert, path, text } of pages) {
      expect(path).toBe(`${RUNBOOKS}/${alert}.md`);
      expect(text.split('\n')[0]).toBe(`# ${alert}`);
    }
    const known = [...pages.map(({ path }) => path), `${RUNBOOKS}/README.md`];
    expect(repositoryFiles(RUNBOOKS)).toEqual(known.sort());
    const index = readRepositoryFile(`${RUNBOOKS}/README.md`);
    for (const { alert, labels } of alertRules())
      expect(index).toMatch(
        new RegExp(`^\\| \\[${alert}\\]\\(${alert}\\.md\\) \\| .+ \\| ${labels.severity} \\|$`, 'm'),
      );
  });

  it('begin with what to type', () => {
    for (const { text } of pages) expect(text).toMatch(/^# \w+\n\n```sh\n\w/);
  });

  it('name only commands and options that the command line has, and so do the pages on deploying', async () => {
    const more = ['docs/deploy.md', 'docs/upgrading.md'].map((path) => ({
      path,
      text: readRepositoryFile(path),
    }));
    const typed = [...pages, ...more].flatMap(({ path, text }) =>
      tidemarkCommands(text).map((line) => ({ path, line })),
    );
    expect(typed.length).toBeGreaterThan(30);
    const problems = await Promise.all(
      typed.map(async ({ path, line }) => ({ path, line, problem: await commandProblem(line) })),
    );
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(await commandProblem('rejects --retri')).toContain('--retri');
    expect(await commandProblem('explian')).toContain('explian');
  });
});

/** `tidemark …` in code blocks and in the running text, without the name. */
function tidemarkCommands(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split('\n'));
  const inBlocks = blocks.map((line) => /^tidemark (.*)$/.exec(line)?.[1]);
  const inText = [...text.matchAll(/`tidemark ([^`]+)`/g)].map(([, line]) => line);
  return [...inBlocks, ...inText]
    .filter((line) => line !== undefined)
    .map((line) => line.replace(/ *[#|].*$/, '').trim());
}
