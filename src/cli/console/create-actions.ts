import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import type { TablePauses } from '../../base/table-pauses.ts';
import type { Config } from '../../config/config.ts';
import { parseMicros } from '../../model/micros.ts';
import type { ActionResult, ConsoleActions } from '../../serve/console/console-actions.ts';
import { requireTables } from '../configured-tables.ts';
import { formatAge } from '../text-table.ts';

export interface ConsoleActionsOptions {
  readonly config: Config;
  readonly pauses: TablePauses | null;
}

/** The functions of the commands, for the console. What belongs to sinks is loaded by the first who needs it. */
export function createConsoleActions({ config, pauses }: ConsoleActionsOptions): ConsoleActions {
  return {
    retryRejects: (table) => retry(config, table),
    replay: (options) => replay(config, options),
    pause:
      pauses === null
        ? null
        : ({ table, isPaused }) => {
            if (isPaused) pauses.pause(table);
            else pauses.resume(table);
            return { ok: true, lines: [isPaused ? `${table} is paused` : `${table} goes on`] };
          },
  };
}

async function retry(config: Config, table: string): Promise<ActionResult> {
  const { openSink } = await import('../../sinks/open-sink.ts');
  const { collectRejects } = await import('../rejects/collect-rejects.ts');
  const { retryRejects } = await import('../rejects/retry-rejects.ts');
  const { countOutcome, describeRetry, NOTHING_RETRIED } = await import('../rejects/describe-retry.ts');
  const sink = openSink(config.sink.url, config.sink);
  const events = new Events();
  const entries = [];
  for await (const entry of collectRejects({ config, sink, query: { table }, events }))
    if (entry.state === 'open') entries.push(entry);
  let counts = NOTHING_RETRIED;
  for await (const outcome of retryRejects({ config, sink, entries, events, source: 'auto' }))
    counts = countOutcome(counts, outcome);
  const [chosen] = requireTables(config, table);
  return {
    ok: counts.unfit + counts.gone === 0,
    lines: [describeRetry(counts, formatAge(chosen!.holdMicros))],
  };
}

async function replay(
  config: Config,
  { table, window, restore }: Parameters<ConsoleActions['replay']>[0],
): Promise<ActionResult> {
  const { openSink } = await import('../../sinks/open-sink.ts');
  const { isSame, replayWindows } = await import('../replay/replay-windows.ts');
  const { describeReplay } = await import('../replay/describe-replay.ts');
  const time = parseMicros(window);
  if (time === undefined)
    throw new TidemarkError('ERR_HTTP_REQUEST', { detail: `window: ${JSON.stringify(window)} is no time` });
  const reports = replayWindows({
    ...{ config, sink: openSink(config.sink.url, config.sink), tables: requireTables(config, table), time },
    ...{ partition: null, source: 'auto', restore, events: new Events() },
  });
  const lines: string[] = [];
  let ok = true;
  for await (const report of reports) {
    ok &&= isSame(report);
    lines.push(describeReplay(report));
  }
  return { ok, lines };
}
