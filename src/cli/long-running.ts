import type { Logger } from 'pino';
import { systemClock } from '../base/clock.ts';
import { Events } from '../base/event-map.ts';
import type { Stage } from '../base/stage.ts';
import { TablePauses } from '../base/table-pauses.ts';
import type { Config } from '../config/config.ts';
import { Health } from '../serve/health.ts';
import type { Part } from '../serve/health.ts';
import type { CliContext } from './cli-context.ts';
import { loadContextConfig } from './cli-context.ts';
import { openConsole, wantsConsole } from './console/open-console.ts';
import type { ServeFlags } from './serve-flags.ts';
import { LiveScreen } from './live-screen.ts';
import { logEvents } from './log-events.ts';
import { createLogger } from './logger.ts';
import { requirePrerequisites } from './prerequisites.ts';
import { runStages } from './run-stages.ts';
import { serveMetrics } from './serve-metrics.ts';
import { TOOL_VERSION } from './tool-version.ts';

/** What capture, archive and run share: prerequisites, log, metrics, screen, signals. */
export interface LongRunningOptions {
  readonly parts: readonly Part[];
  readonly createStages: (options: {
    readonly config: Config;
    readonly events: Events;
    readonly toolVersion: string;
    readonly pauses: TablePauses;
  }) => ReadonlyMap<Part, Stage>;
}

/** Resolves when a signal has drained the stages. @throws what ended a stage. */
export async function runUntilSignal(
  context: CliContext,
  flags: ServeFlags,
  options: LongRunningOptions,
): Promise<void> {
  const config = await loadContextConfig(context);
  const logger = await createLogger({ level: config.log.level, terminal: context.terminal });
  const events = new Events();
  const ends = [logEvents(events, eventLogger(context, logger))];
  const health = new Health({ parts: options.parts, events });
  const pauses = new TablePauses({ events, clock: systemClock });
  const { parts } = options;
  const { secrets } = context.terminal;
  const console =
    flags.serve && flags.console !== false && wantsConsole(config, parts)
      ? await openConsole({ config, parts, events, pauses, secrets, ...config.serve })
      : undefined;
  const server = flags.serve
    ? await serveMetrics({ config, port: flags.port, parts, events, health, console })
    : undefined;
  try {
    if (server !== undefined) logger.info({ url: server.url }, 'metrics are served');
    if (server !== undefined && console !== undefined)
      logger.info({ url: `${server.url}/console/` }, 'the console is served');
    await requirePrerequisites({ config, parts: options.parts, events });
    const stages = options.createStages({ config, events, toolVersion: TOOL_VERSION, pauses });
    if (context.terminal.canDraw)
      ends.push(LiveScreen.start({ config, parts: options.parts, events, terminal: context.terminal }));
    logger.info(
      { version: TOOL_VERSION, archive: config.name, tables: config.tables.map(({ id }) => id) },
      'started',
    );
    if ((await runStages({ stages, health, logger })) === 'drained') logger.info('drained and stopped');
    else {
      logger.warn('stopped before it was drained: the next start does again what was not committed');
      context.fail();
    }
  } finally {
    for (const end of ends.reverse()) end();
    await server?.close();
  }
}

/** Under the live block the everyday events would only scroll by; `--log-level` asks for them. */
function eventLogger({ terminal, globals }: CliContext, logger: Logger): Logger {
  const isQuiet = terminal.canDraw && globals().logLevel === undefined && logger.level === 'info';
  return isQuiet ? logger.child({}, { level: 'warn' }) : logger;
}
