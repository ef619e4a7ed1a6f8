import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import { UnitError, formatBytes, parseBytes } from '../../base/units.ts';
import type { LogLevel } from '../../config/schema.ts';
import { Health } from '../../serve/health.ts';
import { NO_PROBES } from '../../serve/metrics-options.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { logEvents } from '../log-events.ts';
import { createLogger } from '../logger.ts';
import { readPositive } from '../read-positive.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { portOption } from '../serve-flags.ts';
import { TOOL_VERSION } from '../tool-version.ts';

interface ServeFlags extends SinkFlags {
  readonly host: string;
  readonly port?: number;
  readonly tokenFile?: string;
  readonly allowAnonymous?: true;
  readonly rate: number;
  readonly requestsMax: number;
  readonly cache: number;
}

const HOST = '127.0.0.1';
const PORT = 8_080;
/** A browser that shows a page of pictures stays below it. */
const REQUESTS_PER_SECOND = 200;
/** Each holds about four frames of its shard: with the default `shard.frameBytes` 2 MiB. */
const REQUESTS_MAX = 64;
const CACHE_BYTES = 64 * 1024 * 1024;

const MORE_HELP = `
GET and HEAD /v1/files/{uid}?created_at=T with Range and ETag, /v1/tables, /v1/tables/{table}/windows and /shards with
pages, /v1/openapi.json; /healthz, /readyz, /metrics. docs/http.md has them all.

Without --token-file it listens on this machine alone, or needs --allow-anonymous. Changes of the file of tokens count
within a second. It speaks no TLS: outside of a trusted network a proxy stands before it.

SIGTERM lets running downloads end and stops (exit status 0), a second one cuts them (1).

Examples:
  $ tidemark serve --sink file:///var/lib/tidemark
  $ curl -OJ 'http://127.0.0.1:8080/v1/files/42?created_at=2026-11-23T05:37:17.123456Z'
  $ tidemark serve --sink 's3://archive/files?region=eu-central-1' --host 0.0.0.0 --token-file tokens.txt`;

export function addServe(program: Command, context: CliContext): void {
  addSinkOption(program.command('serve'))
    .description('serve the archive over HTTP, read only')
    .option('--host <address>', 'where it listens', HOST)
    .addOption(portOption(`its port; 0 takes a free one (default: ${PORT})`))
    .option('--token-file <file>', 'bearer tokens that may read, one a line')
    .option('--allow-anonymous', 'let anybody read who reaches it')
    .option(
      '--rate <n>',
      'requests of a token or address in a second at most',
      readPositive,
      REQUESTS_PER_SECOND,
    )
    .option('--requests-max <n>', 'requests that are answered at once', readPositive, REQUESTS_MAX)
    .addOption(
      new Option('--cache <size>', 'memory for manifests and indexes')
        .argParser(readSize)
        .default(CACHE_BYTES, formatBytes(CACHE_BYTES)),
    )
    .addHelpText('after', MORE_HELP)
    .action((flags: ServeFlags) => runServe(context, flags));
}

async function runServe(context: CliContext, flags: ServeFlags): Promise<void> {
  const { isLoopback } = await import('../../base/loopback.ts');
  const isAnonymous = flags.tokenFile === undefined;
  if (isAnonymous && flags.allowAnonymous !== true && !isLoopback(flags.host)) throw unguarded(flags.host);
  const logger = await createLogger({ level: await logLevelOf(context, flags), terminal: context.terminal });
  const events = new Events();
  const endLog = logEvents(events, logger);
  try {
    const { runStages } = await import('../run-stages.ts');
    const health = new Health({ parts: ['serve'], events });
    const api = await listen(context, flags, { events, health });
    if ((await runStages({ stages: new Map([['serve', api]]), health, logger })) === 'drained') {
      logger.info('drained and stopped');
    } else {
      logger.warn('stopped before it was drained: running downloads were cut');
      context.fail();
    }
  } finally {
    endLog();
  }
}

async function listen(
  context: CliContext,
  flags: ServeFlags,
  shared: { readonly events: Events; readonly health: Health },
) {
  const { events } = shared;
  const sink = await openReadSink(context, flags);
  const { watchSink } = await import('../../sinks/watched-sink.ts');
  const { createMetrics } = await import('../../serve/metrics.ts');
  const { ReadApi } = await import('../../serve/read-api/read-api.ts');
  const { TokenFile } = await import('../../serve/read-api/token-file.ts');
  return await ReadApi.listen({
    ...shared,
    sink: watchSink(sink, events),
    clock: systemClock,
    host: flags.host,
    port: flags.port ?? PORT,
    tokens: flags.tokenFile === undefined ? null : await TokenFile.open({ path: flags.tokenFile, events }),
    ratePerSecond: flags.rate,
    requestsMax: flags.requestsMax,
    cacheBytesMax: flags.cache,
    metrics: createMetrics({ events, tables: [], clock: systemClock, probes: NO_PROBES }),
    toolVersion: TOOL_VERSION,
  });
}

/** With `--sink` there need not be a configuration. */
async function logLevelOf(context: CliContext, flags: ServeFlags): Promise<LogLevel> {
  if (flags.sink === undefined) return (await loadContextConfig(context)).log.level;
  return context.globals().logLevel ?? 'info';
}

function unguarded(host: string): TidemarkError {
  return new TidemarkError('ERR_USAGE', {
    detail: `--host ${host} can be reached from other machines, and there is no --token-file`,
    remedy: 'Give --token-file, or --allow-anonymous when anybody who reaches it may read the whole archive.',
  });
}

function readSize(text: string): number {
  try {
    const bytes = parseBytes(text);
    if (bytes > 0) return bytes;
  } catch (error) {
    if (error instanceof UnitError) throw new InvalidArgumentError(error.message);
    throw error;
  }
  throw new InvalidArgumentError('a size above 0 was expected');
}
