import { systemClock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import { Events } from '../../base/event-map.ts';
import { previewCleanup } from '../../cleanup-preview.ts';
import type { CleanupPreview } from '../../cleanup-preview.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { openSink } from '../../sinks/open-sink.ts';
import type { CliContext } from '../cli-context.ts';
import { logEvents } from '../log-events.ts';
import { createLogger } from '../logger.ts';
import { ProgressLine } from '../progress-line.ts';
import { onSignals } from '../signals.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';
import { untouchedTable } from './cleanup-report.ts';
import type { CleanedTable } from './cleanup-report.ts';

/** `--dry-run`. A table whose clean-up would end is told of, and the next one is looked at. */
export async function previewTables(
  context: CliContext,
  { config, tables }: { readonly config: Config; readonly tables: readonly TableConfig[] },
): Promise<CleanedTable[]> {
  const events = new Events();
  const endLog = logEvents(
    events,
    await createLogger({ level: config.log.level, terminal: context.terminal }),
  );
  const abort = new AbortController();
  const release = onSignals({ drain: () => abort.abort(), stop: () => process.exit(1) });
  const line = new ProgressLine(context.terminal);
  const sink = openSink(config.sink.url, { ...config.sink, events });
  const looked: CleanedTable[] = [];
  try {
    for (const table of tables) {
      if (abort.signal.aborted) break;
      let last: CleanedTable = untouchedTable(table.id);
      const onProgress = (preview: CleanupPreview): void => {
        last = { ...last, ...preview };
        line.show(progressOf(preview));
      };
      try {
        await previewCleanup({
          ...{ config, table, sink, events, onProgress },
          ...{ clock: systemClock, signal: abort.signal },
        });
      } catch (error) {
        if (abort.signal.aborted) context.fail();
        else last = { ...last, stoppedBy: stopOf(error) };
      }
      looked.push(last);
      if (last.stoppedBy !== null) context.fail();
    }
  } finally {
    line.clear();
    release();
    endLog();
  }
  return looked;
}

/** @throws what is no finding about the archive, such as a broker that is away. */
function stopOf(error: unknown): string {
  if (error instanceof TidemarkError && !error.retryable) return `${error.message}. ${error.remedy}`;
  throw error;
}

function progressOf({ table, shards, removedFiles, removedBytes }: CleanupPreview): string {
  return `${table}: ${formatCount(shards)} shards, ${formatCount(removedFiles)} files, ${formatBytesShort(removedBytes)}`;
}
