import type { Clock } from '../base/clock.ts';
import { Events } from '../base/event-map.ts';
import { withSession } from '../capture/postgres-session.ts';
import { readSlot } from '../capture/slot.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { archiveGroup, tableTopic } from '../config/names.ts';
import { readTableLag } from '../log/lag.ts';
import type { TableLag } from '../log/lag.ts';
import type { Micros } from '../model/micros.ts';
import { floorToWindow } from '../model/window.ts';
import type { Part } from '../serve/health.ts';
import type { Probes } from '../serve/metrics-options.ts';
import type { SlotReport } from './status/status-report.ts';

/** Where a table's rows stand now. */
export function readLagOf(options: {
  config: Config;
  table: TableConfig;
  now: Micros;
  events: Events;
}): Promise<TableLag> {
  const { config, table, now, events } = options;
  return readTableLag({
    brokers: config.kafka.brokers,
    clientId: config.kafka.clientId,
    events,
    topic: tableTopic(config.name, table.id),
    groupId: archiveGroup(config.name),
    heldSince: (now - table.holdMicros) as Micros,
    dueBefore: floorToWindow((now - table.lagMicros) as Micros, table.window.sizeMicros),
  });
}

/** The slot as `status` and the metrics show it. */
export async function readSlotReport(config: Config): Promise<SlotReport> {
  const { url, slot: name } = config.postgres;
  const slot = await withSession({ url, purpose: 'status' }, (client) => readSlot(client, name));
  if (slot === undefined) return { name, state: 'missing', activePid: null, lagBytes: null };
  if (!slot.isUsable) return { name, state: 'lost', activePid: null, lagBytes: null };
  const { activePid, lagBytes } = slot;
  return { name, state: activePid === null ? 'idle' : 'active', activePid, lagBytes };
}

/** Readings for the metrics of a process that runs these parts. */
export function createProbes(options: { config: Config; parts: readonly Part[]; clock: Clock }): Probes {
  const { config, parts, clock } = options;
  return {
    readSlot:
      parts.includes('capture') && config.debezium === null
        ? async () => {
            const { state, lagBytes } = await readSlotReport(config);
            return { lagBytes, lost: state === 'lost' || state === 'missing' };
          }
        : null,
    readRowLag: parts.includes('archive')
      ? (tableId) => {
          const table = config.tables.find(({ id }) => id === tableId)!;
          // Its own events: a reading that fails is counted by the probe, not by the stages' warnings.
          return readLagOf({ config, table, now: clock.now(), events: new Events() });
        }
      : null,
  };
}
