import { systemClock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import type { Config } from '../config/config.ts';
import type { ConsoleService } from '../serve/console/console-service.ts';
import type { Health, Part } from '../serve/health.ts';
import { startHttpServer } from '../serve/http-server.ts';
import type { HttpServer } from '../serve/http-server.ts';
import { createMetrics } from '../serve/metrics.ts';
import { createProbes } from './probes.ts';

/** What a long-running command shows of itself. @throws TidemarkError ERR_PREREQUISITE when the port is taken. */
export function serveMetrics(options: {
  readonly config: Config;
  /** Undefined takes the configured one. */
  readonly port: number | undefined;
  readonly parts: readonly Part[];
  readonly events: Events;
  readonly health: Health;
  readonly console?: ConsoleService | undefined;
}): Promise<HttpServer> {
  const { config, port, parts, events, health } = options;
  const tables = config.tables.map(({ id, window, lagMicros }) => ({
    id,
    sizeMicros: window.sizeMicros,
    lagMicros,
  }));
  const probes = createProbes({ config, parts, clock: systemClock });
  const metrics = createMetrics({ events, tables, clock: systemClock, probes });
  return startHttpServer({
    ...{ host: config.serve.host, port: port ?? config.serve.port, metrics, health },
    console: options.console,
  });
}
