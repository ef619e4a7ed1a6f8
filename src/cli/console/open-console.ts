import { systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { Events } from '../../base/event-map.ts';
import type { TablePauses } from '../../base/table-pauses.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config } from '../../config/config.ts';
import { shardsTopic } from '../../config/names.ts';
import { followEvents } from '../../log/follow-events.ts';
import { ConsoleService } from '../../serve/console/console-service.ts';
import { GatherTally } from '../../serve/console/gather-tally.ts';
import type { Part } from '../../serve/health.ts';
import { isLoopback } from '../../base/loopback.ts';
import { TokenFile } from '../../serve/read-api/token-file.ts';
import { explainConfig } from '../explain/explain-config.ts';
import type { SecretFilter } from '../secret-filter.ts';
import { StatusReader } from '../status/collect-status.ts';
import { TOOL_VERSION } from '../tool-version.ts';
import { createConsoleActions } from './create-actions.ts';

export interface OpenConsoleOptions {
  readonly config: Config;
  /** What runs in this process; empty for `tidemark console`. */
  readonly parts: readonly Part[];
  readonly events: Events;
  /** Null where this process does not archive. */
  readonly pauses: TablePauses | null;
  readonly secrets: Pick<SecretFilter, 'clean'>;
  readonly consoleHosts: readonly string[];
  readonly consoleTokenFile: string | null;
  readonly clock?: Clock;
}

/** Whether a long-running command serves the console. A process that only captures knows too little of it. */
export function wantsConsole({ serve }: Config, parts: readonly Part[]): boolean {
  return parts.includes('archive') && (serve.console ?? isLoopback(serve.host));
}

/** The console over `status`, `explain`, the events of the archive and those of this process. @throws TidemarkError ERR_HTTP_TOKENS */
export async function openConsole(options: OpenConsoleOptions): Promise<ConsoleService> {
  const { config, parts, events, pauses, secrets, consoleHosts: hosts, consoleTokenFile: path } = options;
  const { clock = systemClock } = options;
  const tokens = path === null ? null : await TokenFile.open({ path, events });
  const by = archivedBy(config);
  const status = new StatusReader(config);
  return new ConsoleService({
    identity: {
      ...{ name: config.name, toolVersion: TOOL_VERSION, parts, archivedBy: by },
      tables: config.tables.map(({ id, window, lagMicros, latenessMicros }) => ({
        ...{ id, sizeMicros: window.sizeMicros, lagMicros, latenessMicros },
      })),
      actions: { retry: tokens !== null, replay: tokens !== null, pause: tokens !== null && pauses !== null },
    },
    clock,
    readStatus: () => status.read(clock.now()),
    readExplanation: () => explainConfig(config, clock),
    followEvents:
      by === 'stream'
        ? ({ since, onEvent, signal }) =>
            followEvents({
              ...config.kafka,
              ...{ topic: shardsTopic(config.name), from: { time: since }, untilIdle: false },
              // Its failure is shown; a warning of its client is none of the stages'.
              ...{ onEvent, signal, events: new Events() },
            })
        : null,
    gathered: parts.includes('archive') ? new GatherTally(events) : null,
    pausedSince: pauses?.since ?? new Map(),
    clean: (text) => secrets.clean(text),
    actions: createConsoleActions({ config, pauses }),
    ...{ tokens, events, hosts },
  });
}
