import { Option } from 'commander';
import type { Command } from 'commander';
import { TidemarkError } from '../base/errors.ts';

export interface ServeFlags {
  readonly serve: boolean;
  readonly port?: number;
  /** Only of commands with {@link addConsoleOption}. */
  readonly console?: boolean;
}

/** `--port` and `--no-serve`. */
export function addServeOptions(command: Command): Command {
  return command
    .addOption(portOption('port of /metrics, /healthz, /readyz; 0 takes a free one'))
    .option('--no-serve', 'serve no metrics');
}

/** `--no-console`, of those that archive. */
export function addConsoleOption(command: Command): Command {
  return command.option('--no-console', 'serve no console (docs/console.md) beside the metrics');
}

/** `--port` alone, for commands that serve metrics only when they are asked to. */
export function portOption(text: string): Option {
  return new Option('--port <number>', text).argParser(parsePort);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new TidemarkError('ERR_USAGE', {
    detail: `--port ${JSON.stringify(text)} is not a number from 0 to 65535`,
  });
}
