import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { Stage } from '../../base/stage.ts';
import { Health } from '../../serve/health.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { logEvents } from '../log-events.ts';
import { createLogger } from '../logger.ts';
import { portOption } from '../serve-flags.ts';

interface ConsoleFlags {
  readonly host: string;
  readonly port?: number;
  readonly name: readonly string[];
  readonly tokenFile?: string;
  readonly allowAnonymous?: true;
}

const HOST = '127.0.0.1';
/** Next to that of the metrics, so that both fit on one machine. */
const PORT = 9_470;

const MORE_HELP = `
One page, live: watermark against now and cutoff, where the rows stand, windows as they seal, throughput, the last
shards and rejects, and what \`tidemark explain\` says. It reads Postgres and Kafka as \`status\` does, from anywhere, and
only while somebody looks. \`run\` and \`archive\` serve the same page with what they alone know: how full windows are.

Anybody who reaches it may look: so it listens on this machine alone, or needs --allow-anonymous. With --token-file who
has a token may retry rejects and replay windows. docs/console.md.

Examples:
  $ tidemark console                                  then open http://127.0.0.1:${PORT}/
  $ tidemark console --port 0 --token-file tokens.txt
  $ tidemark console --host 0.0.0.0 --allow-anonymous --name tidemark.example`;

export function addConsole(program: Command, context: CliContext): void {
  program
    .command('console')
    .description('serve a page that shows the archive live')
    .option('--host <address>', 'where it listens', HOST)
    .addOption(portOption(`its port; 0 takes a free one (default: ${PORT})`))
    .option('--name <name...>', 'names besides addresses and localhost by which browsers come', [])
    .option('--token-file <file>', 'bearer tokens with which something may be done, one a line')
    .option('--allow-anonymous', 'let anybody look who reaches it')
    .addHelpText('after', MORE_HELP)
    .action((flags: ConsoleFlags) => runConsole(context, flags));
}

async function runConsole(context: CliContext, flags: ConsoleFlags): Promise<void> {
  const { isLoopback } = await import('../../base/loopback.ts');
  if (flags.allowAnonymous !== true && !isLoopback(flags.host)) throw unguarded(flags.host);
  const config = await loadContextConfig(context);
  const logger = await createLogger({ level: config.log.level, terminal: context.terminal });
  const events = new Events();
  const endLog = logEvents(events, logger);
  try {
    const { runStages } = await import('../run-stages.ts');
    const { openConsole } = await import('../console/open-console.ts');
    const { createMetrics } = await import('../../serve/metrics.ts');
    const { startHttpServer } = await import('../../serve/http-server.ts');
    const health = new Health({ parts: ['serve'], events });
    const { createProbes } = await import('../probes.ts');
    const probes = createProbes({ config, parts: [], clock: systemClock });
    const server = await startHttpServer({
      host: flags.host,
      port: flags.port ?? PORT,
      health,
      metrics: createMetrics({ events, tables: [], clock: systemClock, probes }),
      console: await openConsole({
        ...{ config, parts: [], events, pauses: null, secrets: context.terminal.secrets },
        consoleHosts: flags.name.map((name) => name.toLowerCase()),
        consoleTokenFile: flags.tokenFile ?? null,
      }),
    });
    health.noteReady('serve');
    logger.info({ url: `${server.url}/console/` }, 'the console is served');
    await runStages({ stages: new Map([['serve', untilClosed(server)]]), health, logger });
    logger.info('stopped');
  } finally {
    endLog();
  }
}

/** Pages come again by themselves, so there is nothing to drain. */
function untilClosed(server: { close(): Promise<void> }): Stage {
  let closed: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (closed = resolve));
  const close = async (): Promise<void> => {
    await server.close();
    closed();
  };
  return { run: () => running, drain: close, stop: close };
}

function unguarded(host: string): TidemarkError {
  return new TidemarkError('ERR_USAGE', {
    detail: `--host ${host} can be reached from other machines`,
    remedy: 'Leave it out, or add --allow-anonymous when anybody who reaches it may look.',
  });
}
