import type { Clock } from '../../base/clock.ts';
import { readHoldingTransactions } from '../../capture/holding-transactions.ts';
import { withSession } from '../../capture/postgres-session.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { isUnmet } from '../../model/requirement.ts';
import type { ArchiveConfigRow } from '../../watermark/archive-config.ts';
import { computeLag } from '../../watermark/cycle-span.ts';
import { findLockHolders } from '../../watermark/table-lock.ts';
import type { LockHolder } from '../../watermark/table-lock.ts';
import { inspectCycleSide } from '../prerequisites.ts';
import { readArchiveConfig } from '../read-archive-config.ts';
import type { CycleFacts, CyclePostgresFacts, CycleTableFacts } from './facts.ts';
import { reading } from './reading.ts';

interface CycleReading extends CyclePostgresFacts {
  readonly tables: readonly CycleTableFacts[];
}

/**
 * What Postgres shows of tables that cycles archive. That it is away is a fact, not an exception.
 *
 * @param clock should agree with that of the server; it is asked once everything is read.
 */
export async function gatherCycleFacts(config: Config, clock: Clock): Promise<CycleFacts> {
  const found = await reading(() => readCycle(config));
  const { intervalMs, holdbackMaxMs } = config.marks;
  return {
    ...{ now: clock.now(), marks: { intervalMs, holdbackMaxMs }, postgres: found },
    tables: 'value' in found ? found.value.tables : config.tables.map((table) => tableFacts(table)),
  };
}

async function readCycle(config: Config): Promise<CycleReading> {
  const rows = await readArchiveConfig(config);
  const unmet = (await inspectCycleSide(config, 'watermark')).filter(isUnmet);
  const { url } = config.postgres;
  return withSession({ url, purpose: 'explain' }, async (client) => {
    const tables: CycleTableFacts[] = [];
    for (const table of config.tables) {
      const holders = await findLockHolders(client, table.id);
      tables.push(tableFacts(table, { row: rows.get(table.id), holders }));
    }
    const open = await readHoldingTransactions(client, config.marks.ignoreApplications);
    return { open, unmet, tables };
  });
}

function tableFacts(
  table: TableConfig,
  found: { readonly row?: ArchiveConfigRow | undefined; readonly holders?: readonly LockHolder[] } = {},
): CycleTableFacts {
  const { row, holders = [] } = found;
  return {
    ...{ table: table.id, sizeMicros: table.window.sizeMicros, holders },
    lagMicros: computeLag({ ...table, lagDays: row?.lagDays ?? null }),
    archivedUntil: row?.archivedUntil ?? null,
  };
}
