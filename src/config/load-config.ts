import { TidemarkError } from '../base/errors.ts';
import type { Config } from './config.ts';
import type { Environment } from './interpolate.ts';
import { withTlsEnvironment } from './postgres-environment.ts';
import { listProblems, pathText } from './problem.ts';
import type { Problem } from './problem.ts';
import { readConfigText } from './read-text.ts';
import { resolveConfig } from './resolve.ts';
import { validate } from './schema-problems.ts';
import { readYaml } from './yaml-source.ts';

export interface LoadConfigOptions {
  /** Path of the file. */
  readonly path: string;
  readonly env: Environment;
}

/**
 * Reads, completes and checks the configuration file.
 *
 * @throws TidemarkError ERR_CONFIG_NOT_FOUND; ERR_CONFIG_INVALID with every problem at once, a line each.
 */
export function loadConfig({ path, env }: LoadConfigOptions): Config {
  return parseConfig({ text: readConfigText(path), path, env });
}

/** The same from text; `path` is only named in errors. */
export function parseConfig({ text, path, env }: LoadConfigOptions & { readonly text: string }): Config {
  const source = readYaml(text, env);
  if (source.value === undefined && source.problems.length > 0) throw invalid(path, source.problems);
  const outcome = validate(withTlsEnvironment(source.value, env));
  // What failed for want of a variable has been reported with the variable's name.
  const reported = new Set(source.problems.map((problem) => problem.path));
  const problems =
    'file' in outcome
      ? []
      : outcome.problems.map(({ steps, message }) => ({
          path: pathText(steps),
          line: source.lineOf(steps),
          message,
        }));
  const all = [...source.problems, ...problems.filter((problem) => !reported.has(problem.path))];
  if (all.length > 0 || !('file' in outcome)) throw invalid(path, all);
  return resolveConfig(outcome.file);
}

function invalid(path: string, problems: readonly Problem[]): TidemarkError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `${path} has ${count}\n${listProblems(problems)}`,
  });
}
