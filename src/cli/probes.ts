import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { Events } from '../base/event-map.ts';
import { withSession } from '../capture/postgres-session.ts';
import { readSlot } from '../capture/slot.ts';
import type { SlotState } from '../capture/slot.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { archiveGroup, tableTopic } from '../config/names.ts';
import { readTableLag } from '../log/lag.ts';
import type { TableLag } from '../log/lag.ts';
import type { Micros } from '../model/micros.ts';
import type { Part } from '../serve/health.ts';
import type { Probes, SlotReading } from '../serve/metrics-options.ts';
import { estimateSnapshots, readCaptureStand } from './status/read-capture.ts';
import { readOpenTransactions } from './status/read-marks.ts';
import { SlotPace } from './status/slot-pace.ts';
import type { SlotStand } from './status/slot-pace.ts';
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
    ...{ now, holdMicros: table.holdMicros, lagMicros: table.lagMicros },
    sizeMicros: table.window.sizeMicros,
  });
}

/**
 * The slot as `status` and the metrics show it.
 *
 * @param pace what earlier readings said of it; left out by who asks only once.
 */
export async function readSlotReport(config: Config, pace = new SlotPace()): Promise<SlotReport> {
  const { url, slot: name } = config.postgres;
  const slot = await withSession({ url, purpose: 'status' }, (client) => readSlot(client, name));
  return pace.complete(standOf(name, slot), systemClock.now());
}

function standOf(name: string, slot: SlotState | undefined): SlotStand {
  const { walKeepBytes = null } = slot ?? {};
  const gone = { name, activePid: null, lagBytes: null, walKeepBytes, walLeftBytes: null };
  if (slot === undefined) return { ...gone, state: 'missing' };
  if (!slot.isUsable) return { ...gone, state: 'lost' };
  const { activePid, lagBytes, walLeftBytes } = slot;
  const state = activePid === null ? 'idle' : 'active';
  return { name, state, activePid, lagBytes, walKeepBytes, walLeftBytes };
}

/** Readings for the metrics of a process that runs these parts, by the functions that `tidemark status` reads with. */
export function createProbes(options: { config: Config; parts: readonly Part[]; clock: Clock }): Probes {
  const { config, parts, clock } = options;
  const captures = parts.includes('capture');
  const slotPace = new SlotPace();
  const readSlotOf = async (): Promise<SlotReading> => {
    const { state, lagBytes, secondsLeft } = await readSlotReport(config, slotPace);
    return { lagBytes, secondsLeft, isLost: state === 'lost' || state === 'missing' };
  };
  const readSnapshots = async (): Promise<ReadonlyMap<string, number>> => {
    const { snapshots } = await readCaptureStand(config, new Events());
    return estimateSnapshots(config, snapshots);
  };
  return {
    readSlot: captures ? readSlotOf : null,
    readTransactions: captures ? () => readOpenTransactions(config, clock.now()) : null,
    readSnapshots: captures ? readSnapshots : null,
    readRowLag: parts.includes('archive')
      ? async (tableId) => {
          const table = config.tables.find(({ id }) => id === tableId)!;
          // Its own events: a reading that fails is counted by the probe, not by the stages' warnings.
          const lag = await readLagOf({ config, table, now: clock.now(), events: new Events() });
          return { ...lag, topic: tableTopic(config.name, tableId) };
        }
      : null,
  };
}
