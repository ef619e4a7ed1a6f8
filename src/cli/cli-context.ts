import { onSecretRead } from '../base/secret-file.ts';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/interpolate.ts';
import type { LogLevel } from '../config/schema.ts';
import type { Terminal } from './terminal.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config: string;
  readonly logLevel?: LogLevel;
}

/** What a command is given: the outside world, and nothing it would have to reach for. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly globals: () => GlobalOptions;
  /** A command that ran through but found something wrong calls it. */
  readonly fail: () => void;
}

/**
 * Loads the configuration; from here on its secrets never reach the screen. What reads and checks it is loaded with it: a
 * command that is given all it needs by its options begins sooner.
 *
 * @throws TidemarkError ERR_CONFIG_NOT_FOUND, ERR_CONFIG_INVALID.
 */
export async function loadContextConfig(context: CliContext): Promise<Config> {
  const { loadConfig } = await import('../config/load-config.ts');
  const { config: path, logLevel } = context.globals();
  const config = loadConfig({ path, env: context.env });
  const { secrets } = context.terminal;
  // Whatever is read while the command runs, for as long as it runs: a rotated password too.
  onSecretRead((secret) => secrets.learnSecret(secret));
  for (const secret of [config.kafka.security.sasl?.password, context.env['PGPASSWORD']])
    if (typeof secret === 'string') secrets.learnSecret(secret);
  secrets.learn(config.postgres.url);
  secrets.learn(config.sink.url);
  return logLevel === undefined ? config : { ...config, log: { level: logLevel } };
}
