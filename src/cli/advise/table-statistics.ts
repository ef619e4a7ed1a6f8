import type { ClientBase } from 'pg';
import type { TableRef } from '../../model/table.ts';
import type { AdviseFacts } from './facts.ts';

/** What the statistics say, without a look at a single row. */
export interface TableStatistics {
  readonly facts: Pick<AdviseFacts, 'rows' | 'growth' | 'size' | 'counters' | 'order'>;
  /** True when an index leads with created_at, so that a sample of the oldest rows is cheap. */
  readonly isOrdered: boolean;
  readonly unknown: readonly string[];
}

/** A partitioned table is the sum of its leaves. */
const STATISTICS = `
  WITH leaves AS (
    SELECT oid FROM pg_class WHERE oid = $1::oid AND relkind <> 'p'
    UNION SELECT relid FROM pg_partition_tree($1::oid::regclass) WHERE isleaf
  )
  SELECT sum(greatest(CASE WHEN c.reltuples >= 0 THEN c.reltuples END, s.n_live_tup))::float8 AS rows,
         bool_and(c.reltuples < 0 AND coalesce(s.n_live_tup, 0) = 0) AS is_uncounted,
         sum(pg_table_size(c.oid))::float8 AS table_bytes,
         sum(pg_indexes_size(c.oid))::float8 AS index_bytes,
         (SELECT count(*)::int FROM pg_index WHERE indrelid = $1::oid) AS indexes,
         min(coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions)
                        WHERE option_name = 'fillfactor'), 100))::int AS fillfactor,
         sum(s.n_tup_ins)::float8 AS inserts, sum(s.n_tup_upd)::float8 AS updates,
         sum(s.n_tup_hot_upd)::float8 AS hot_updates, sum(s.n_tup_del)::float8 AS deletes,
         (SELECT extract(epoch FROM now() - stats_reset)::float8 / 86400 FROM pg_stat_database
           WHERE datname = current_database()) AS counted_days
    FROM leaves JOIN pg_class c USING (oid) LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid`;

/** Of a partitioned table only those of its own ANALYZE count, and only if it ever ran. */
const CREATED_AT = `
  SELECT correlation::float8 AS correlation, null_frac::float8 AS nulls,
         cardinality(bounds) AS buckets,
         extract(epoch FROM bounds[cardinality(bounds)] - bounds[cardinality(bounds) - cardinality(bounds) / 10])::float8
           / 86400 AS newest_days,
         (cardinality(bounds) / 10)::float8 / nullif(cardinality(bounds) - 1, 0) AS newest_share
    FROM (SELECT *, histogram_bounds::text::timestamptz[] AS bounds FROM pg_stats
           WHERE schemaname = $1 AND tablename = $2 AND attname = $3 ORDER BY inherited DESC LIMIT 1) AS s`;

const IS_ORDERED = `
  SELECT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                  WHERE i.indrelid = $1 AND i.indisvalid AND a.attname = $2) AS is_ordered`;

/** Counters of less than a day say nothing about a day. */
const COUNTED_DAYS_MIN = 1;

export async function readStatistics(
  client: ClientBase,
  { oid, table }: { readonly oid: string; readonly table: TableRef },
): Promise<TableStatistics> {
  const { createdAt } = table.columns;
  const { rows: sums } = await client.query<Sums>(STATISTICS, [oid]);
  const { rows: times } = await client.query<CreatedAt>(CREATED_AT, [table.schema, table.name, createdAt]);
  const { rows: ordered } = await client.query<{ is_ordered: boolean }>(IS_ORDERED, [oid, createdAt]);
  const [sum, time] = [sums[0]!, times[0]];
  const rows = sum.is_uncounted ? null : Math.round(sum.rows ?? 0);
  const growth = growthOf({ rows, sum, time });
  return {
    isOrdered: ordered[0]!.is_ordered,
    facts: { rows, growth, size: sizeOf(sum), counters: countersOf(sum), order: time?.correlation ?? null },
    unknown: [
      ...(rows === null ? ['how many rows the table has: run ANALYZE'] : []),
      ...(growth === null
        ? [
            rows === null && time !== undefined
              ? 'how fast the table grows: its rows have not been counted; run ANALYZE'
              : `how fast the table grows: the statistics of ${createdAt} are missing; run ANALYZE, or grant SELECT on the table`,
          ]
        : []),
      ...((time?.correlation ?? null) === null
        ? [
            `whether rows come in the order of ${createdAt}: its statistics are missing; run ANALYZE, or grant SELECT on the table`,
          ]
        : []),
    ],
  };
}

interface Sums {
  readonly rows: number | null;
  readonly is_uncounted: boolean;
  readonly table_bytes: number;
  readonly index_bytes: number;
  readonly indexes: number;
  readonly fillfactor: number;
  readonly inserts: number | null;
  readonly updates: number | null;
  readonly hot_updates: number | null;
  readonly deletes: number | null;
  readonly counted_days: number | null;
}

interface CreatedAt {
  readonly correlation: number | null;
  readonly newest_days: number | null;
  readonly newest_share: number | null;
}

function sizeOf(sum: Sums): AdviseFacts['size'] {
  const { indexes, fillfactor } = sum;
  return { tableBytes: sum.table_bytes, indexBytes: sum.index_bytes, indexes, fillfactor };
}

function countersOf({ inserts, updates, hot_updates: hotUpdates, deletes }: Sums): AdviseFacts['counters'] {
  if (inserts === null) return null;
  return { inserts, updates: updates ?? 0, hotUpdates: hotUpdates ?? 0, deletes: deletes ?? 0 };
}

/** Pure. */
function growthOf(found: {
  readonly rows: number | null;
  readonly sum: Sums;
  readonly time: CreatedAt | undefined;
}): AdviseFacts['growth'] {
  const { rows, sum, time } = found;
  if (sum.inserts !== null && sum.counted_days !== null && sum.counted_days >= COUNTED_DAYS_MIN)
    return { rowsPerDay: sum.inserts / sum.counted_days, source: 'counters' };
  const days = time?.newest_days ?? 0;
  const share = time?.newest_share ?? null;
  if (rows === null || share === null || days <= 0) return null;
  return { rowsPerDay: (rows * share) / days, source: 'histogram' };
}
