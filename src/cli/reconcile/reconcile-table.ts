import { Events } from '../../base/event-map.ts';
import { systemClock } from '../../base/clock.ts';
import { withSession } from '../../capture/postgres-session.ts';
import { tablePages } from '../../capture/table-pages.ts';
import type { TableRow } from '../../capture/table-pager.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { resolveRoots } from '../../sinks/pack/roots.ts';
import { archivedSlices } from '../../sinks/read/archived-slices.ts';
import type { TimeRange } from '../../sinks/read/archived-row.ts';
import { SourceDigester } from '../../sinks/read/source-digest.ts';
import type { Sink } from '../../sinks/sink.ts';
import { requireArchiveConfig } from '../../watermark/archive-config.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { readLagOf } from '../probes.ts';
import { pairRows } from './compare-rows.ts';
import type { ReconcileCounts, TableReconciliation } from './reconcile-report.ts';
import { Tally } from './tally.ts';
import { UnplacedRejects } from './unplaced-rejects.ts';

export interface ReconcileTableOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly range: TimeRange;
  readonly compareBytes: boolean;
  readonly shown: number;
  readonly onProgress: (counts: ReconcileCounts, reached: Micros) => void;
}

/**
 * Compares a table with its shards in one pass over both, page by page.
 *
 * The watermark is read first: every row up to it was durable then, so a later manifest cannot make a row seem
 * missing. Of each slice the archive is listed before the table is read: a row that is archived meanwhile cannot seem
 * to be too many.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID, ERR_SHARD_CORRUPT,
 * ERR_SINK_UNAVAILABLE; ERR_KAFKA_UNREACHABLE only when rows are in no shard, because the rejects stand there.
 */
export async function reconcileTable(options: ReconcileTableOptions): Promise<TableReconciliation> {
  const { config, table, sink, range } = options;
  const watermark = await readWatermark(config, table);
  const tally = await createTally(options, watermark);
  await withSession({ url: config.postgres.url, purpose: 'reconcile' }, async (client) => {
    let { from } = range;
    for await (const { until, pages } of archivedSlices({ sink, table: table.id, range })) {
      const rows =
        from < until
          ? tablePages({
              ...{ client, publication: config.postgres.publication, table: table.ref },
              ...{ timeZone: table.createdAtTimeZone, from, to: until, pageRows: PAGE_ROWS },
            })
          : noRows();
      for await (const pairs of pairRows({ archived: pages, table: rows })) {
        for (const pair of pairs) await tally.add(pair);
        const { row, archived } = pairs.at(-1)!;
        options.onProgress(tally.counts, (row ?? archived[0]!).createdAt);
      }
      from = until;
    }
  });
  const { counts, differences } = tally;
  const unsealed = counts.missing === 0 ? null : await countUnsealed(config, table);
  return { table: table.id, watermark: formatMicros(watermark), counts, unsealed, differences };
}

const PAGE_ROWS = 5_000;

function readWatermark(config: Config, { id, archiveConfigId }: TableConfig): Promise<Micros> {
  const applicationName = `tidemark-reconcile ${config.name}`;
  return withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
    const key = { table: id, id: archiveConfigId };
    return (await requireArchiveConfig(client, key)).archivedUntil;
  });
}

async function createTally(options: ReconcileTableOptions, watermark: Micros): Promise<Tally> {
  const { config, table, range, shown } = options;
  let rejects: Promise<UnplacedRejects> | undefined;
  const digester =
    options.compareBytes && table.payload === 'file'
      ? new SourceDigester(await resolveRoots(table.source.roots))
      : null;
  return new Tally({
    ...{ watermark, columns: table.ref.columns, digester, shown },
    wasRejected: async (uid, createdAt) => {
      rejects ??= UnplacedRejects.read({ config, table: table.id, range });
      return (await rejects).has(uid, createdAt);
    },
  });
}

/** Late rows wait in Kafka for the next seal; until then they are in no shard. */
async function countUnsealed(config: Config, table: TableConfig): Promise<number> {
  const lag = await readLagOf({ config, table, now: systemClock.now(), events: new Events() });
  return Math.max(0, lag.sent - lag.sealed);
}

async function* noRows(): AsyncGenerator<readonly TableRow[]> {
  yield await Promise.resolve([]);
}
