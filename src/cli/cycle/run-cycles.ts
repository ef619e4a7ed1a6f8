import { systemClock } from '../../base/clock.ts';
import { Events } from '../../base/event-map.ts';
import type { CycleReport, CycleStrategy } from '../../model/cycle.ts';
import type { Micros } from '../../model/micros.ts';
import { createCycle } from '../../pipeline.ts';
import { Health } from '../../serve/health.ts';
import type { CliContext } from '../cli-context.ts';
import { loadContextConfig } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';
import { logEvents } from '../log-events.ts';
import { createLogger } from '../logger.ts';
import { requirePrerequisites } from '../prerequisites.ts';
import { ProgressLine } from '../progress-line.ts';
import { runStages } from '../run-stages.ts';
import { serveMetrics } from '../serve-metrics.ts';
import { formatCount } from '../text-table.ts';
import { TOOL_VERSION } from '../tool-version.ts';
import { describeCycle, jsonOfCycle } from './describe-cycle.ts';

export interface RunCyclesOptions {
  readonly strategy: CycleStrategy;
  readonly table: string | undefined;
  /** Null goes by the clock. */
  readonly now: Micros | null;
  readonly dryRun: boolean;
  /** Null for one cycle alone. */
  readonly everyMs: number | null;
  readonly batchRows: number;
  readonly json: boolean;
  readonly serve: boolean;
  readonly port: number | undefined;
}

const PART = 'cycle';

/** Runs one cycle over each table, or cycles until a signal. @throws what a cycle failed with. */
export async function runCycles(context: CliContext, options: RunCyclesOptions): Promise<void> {
  const { terminal, globals } = context;
  const { strategy, everyMs, now, dryRun } = options;
  const whole = await loadContextConfig(context);
  const tables = requireTables(whole, options.table);
  const config = { ...whole, tables };
  // One cycle speaks by its report; whoever wants to look on says so.
  const isQuiet = everyMs === null && globals().logLevel === undefined;
  const logger = await createLogger({ level: isQuiet ? 'warn' : config.log.level, terminal });
  const events = new Events();
  const progress = new ProgressLine(terminal);
  const ends = [logEvents(events, logger), showProgress(events, progress)];
  const health = new Health({ parts: [PART], events });
  const serves = everyMs !== null && options.serve;
  const server = serves
    ? await serveMetrics({ config, port: options.port, parts: [PART], events, health })
    : undefined;
  try {
    if (server !== undefined) logger.info({ url: server.url }, 'metrics are served');
    await requirePrerequisites({ config, parts: [PART], strategy, events });
    const stage = createCycle({
      ...{ config, events, tables, strategy, dryRun, everyMs, toolVersion: TOOL_VERSION },
      batchRows: options.batchRows,
      clock: now === null ? systemClock : { now: () => now },
      onReport: (report: CycleReport) => {
        progress.clear();
        terminal.print(options.json ? jsonOfCycle(config.name, report) : describeCycle(report));
      },
    });
    const outcome = await runStages({ stages: new Map([[PART, stage]]), health, logger });
    if (outcome === 'stopped') context.fail();
  } finally {
    progress.clear();
    for (const end of ends.reverse()) end();
    await server?.close();
  }
}

function showProgress(events: Events, progress: ProgressLine): () => void {
  return events.on('cycle:progressed', ({ table, readRows, pendingRows }) =>
    progress.show(`${table}: ${formatCount(readRows)} rows read, ${formatCount(pendingRows)} not yet sealed`),
  );
}
