import type { Events } from './base/event-map.ts';
import type { Config, TableConfig } from './config/config.ts';
import { createSealer } from './sinks/sealer.ts';
import type { Sealer } from './sinks/sealer.ts';
import type { Sink } from './sinks/sink.ts';

/** The sealer of one table, the same for stream and batch: same rows, same bytes. */
export function createTableSealer(options: {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly toolVersion: string;
  readonly events: Events;
}): Sealer {
  const { config, table, sink, toolVersion, events } = options;
  return createSealer({
    sink,
    payload: table.payload,
    roots: table.source.roots,
    sourceRequestsMax: table.source.requestsMax,
    ...table.shard,
    workers: config.archive.workers,
    toolVersion,
    events,
  });
}
