import { formatBytesShort, formatCount } from '../text-table.ts';
import type { Advice, Need, Reason, Strategy, UpdateCost } from './advice.ts';
import { computeCost } from './compute-cost.ts';
import type { AdviseFacts } from './facts.ts';

/** The seed's border: beyond it the UPDATEs are what archiving waits for. */
const ROWS_MANY = 100_000_000;
/** So much of each day spent in UPDATEs of one column is felt by everybody else. */
const SECONDS_A_DAY_MANY = 86_400 / 10;
/** WAL that replicas, backups and archives have to carry for the column alone. */
const WAL_A_DAY_MANY = 10 * 1024 ** 3;
/** Below it rows do not lie in the order of created_at: they come late, or the table was rewritten. */
const ORDER_LEAST = 0.9;

/**
 * Which strategy fits, by the decision matrix of docs/advise.md:
 *
 * | | small | large, or not known |
 * |---|---|---|
 * | rows are archived in any order | per-record | per-record |
 * | the column is needed | per-record | hybrid |
 * | rows are tried again one by one | per-record | watermark |
 * | none of it | watermark | watermark |
 *
 * Pure.
 */
export function computeAdvice(facts: AdviseFacts, needs: ReadonlySet<Need>): Advice {
  const cost = computeCost(facts);
  const strategy = chooseStrategy(facts, { cost, needs });
  return {
    table: facts.table,
    strategy,
    reasons: [
      ...reasonsOfNeeds(facts, { needs, large: isLarge(facts, cost) }),
      ...reasonsOfSize(facts),
      ...reasonsOfCost(facts, cost),
      ...reasonsOfOrder(facts),
    ],
    unknown: [...facts.unknown, ...unsaid(facts, needs)],
    cost,
    facts,
  };
}

function chooseStrategy(
  facts: AdviseFacts,
  { cost, needs }: { cost: UpdateCost; needs: ReadonlySet<Need> },
): Strategy {
  if (needs.has('any-order')) return 'per-record';
  const large = isLarge(facts, cost);
  if (needsColumn(facts, needs)) return large ? 'hybrid' : 'per-record';
  return needs.has('retry') && !large ? 'per-record' : 'watermark';
}

function needsColumn({ column }: AdviseFacts, needs: ReadonlySet<Need>): boolean {
  return needs.has('column') || needs.has('audit') || (column?.dependants.length ?? 0) > 0;
}

/** A table of which nothing is known is taken for large: that mistake costs less. */
function isLarge({ rows, growth }: AdviseFacts, cost: UpdateCost): boolean {
  return (
    rows === null ||
    rows + 365 * (growth?.rowsPerDay ?? 0) >= ROWS_MANY ||
    (cost.secondsPerDay ?? 0) >= SECONDS_A_DAY_MANY ||
    (cost.walBytesPerDay ?? 0) >= WAL_A_DAY_MANY
  );
}

function reasonsOfNeeds(
  { column }: AdviseFacts,
  { needs, large }: { needs: ReadonlySet<Need>; large: boolean },
): Reason[] {
  const favours = large ? 'hybrid' : 'per-record';
  const dependants = column?.dependants ?? [];
  const named = dependants.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    ...(needs.has('any-order')
      ? [reason('per-record', 'rows are archived in any order, and a watermark knows one order only')]
      : []),
    ...(needs.has('column') ? [reason(favours, 'others read the column, as --need column says')] : []),
    ...(needs.has('audit')
      ? [reason(favours, 'each row must say whether it is archived, as --need audit says')]
      : []),
    ...(dependants.length > 0
      ? [reason(favours, `${formatCount(dependants.length)} things depend on ${column!.name}: ${named}`)]
      : []),
    ...(needs.has('retry')
      ? [reason('per-record', 'rows that failed are tried again one by one, as --need retry says')]
      : []),
    ...(!needs.has('column') && !needs.has('audit') && dependants.length === 0
      ? [
          reason(
            'watermark',
            column === null
              ? 'the table has no such column'
              : `nothing that the database knows depends on ${column.name}`,
          ),
        ]
      : []),
  ];
}

function reasonsOfSize({ rows, growth }: AdviseFacts): Reason[] {
  if (rows === null) return [];
  const growing = growth === null ? '' : ` and grows by ${formatCount(Math.round(growth.rowsPerDay))} a day`;
  const inAYear = rows + 365 * (growth?.rowsPerDay ?? 0);
  const side = inAYear >= ROWS_MANY ? 'at least' : 'fewer than';
  return [
    reason(
      inAYear >= ROWS_MANY ? 'watermark' : 'per-record',
      `the table has some ${formatCount(rows)} rows${growing}: ${side} ${formatCount(ROWS_MANY)} within a year`,
    ),
  ];
}

function reasonsOfCost(facts: AdviseFacts, cost: UpdateCost): Reason[] {
  const { walBytesPerRow, walBytesPerDay, secondsPerDay, walBytesOfAll } = cost;
  if (walBytesPerRow === null) return [];
  const how = cost.source === 'sample' ? 'measured' : 'estimated';
  const parts = [
    `an UPDATE of the column writes ${formatCount(Math.round(walBytesPerRow))} bytes of WAL a row (${how})`,
    ...(walBytesPerDay === null ? [] : [`${formatBytesShort(Math.round(walBytesPerDay))} a day`]),
    ...(walBytesOfAll === null ? [] : [`${formatBytesShort(Math.round(walBytesOfAll))} for all rows`]),
    ...(secondsPerDay === null ? [] : [`${formatCount(Math.round(secondsPerDay))} s of UPDATEs a day`]),
  ];
  const reasons = [reason('watermark', `${parts.join(', ')}; a watermark writes one row a window`)];
  const { sample, column, size, updateTriggers, updatePublications } = facts;
  if (sample?.hotRows === 0 || (column !== null && column.indexes.length > 0))
    reasons.push(reason('watermark', hotSentence({ column, size })));
  if (updateTriggers.length > 0)
    reasons.push(reason('watermark', `every UPDATE of a row fires ${updateTriggers.join(', ')}`));
  if (updatePublications.length > 0)
    reasons.push(
      reason('watermark', `every UPDATE goes to the subscribers of ${updatePublications.join(', ')}`),
    );
  return reasons;
}

function hotSentence({ column, size }: Pick<AdviseFacts, 'column' | 'size'>): string {
  return column !== null && column.indexes.length > 0
    ? `an UPDATE of ${column.name} is never HOT, because ${column.indexes.join(', ')} asks it: it writes to each of ${size.indexes} indexes`
    : `no row of the sample was updated in place (HOT): with fillfactor ${size.fillfactor} its page has no room`;
}

function reasonsOfOrder({ order }: AdviseFacts): Reason[] {
  if (order === null) return [];
  const figure = order.toFixed(3);
  return order >= ORDER_LEAST
    ? [reason('watermark', `rows come in the order of created_at (correlation ${figure})`)]
    : [
        reason(
          'per-record',
          `rows do not lie in the order of created_at (correlation ${figure}): those that come late go into supplements`,
        ),
      ];
}

/** Each can be said with --need; unless it is, the advice takes it that it is not so. */
function unsaid({ column }: AdviseFacts, needs: ReadonlySet<Need>): string[] {
  const questions: Readonly<Record<Need, string>> = {
    column: `whether anything outside of this database reads ${column?.name ?? 'a column archived'} (--need column)`,
    audit: 'whether each row must say that it is archived, for an audit (--need audit)',
    retry: 'whether rows fail so often that each must be tried again by itself at once (--need retry)',
    'any-order': 'whether rows are archived in another order than that of created_at (--need any-order)',
  };
  return (Object.keys(questions) as Need[]).filter((need) => !needs.has(need)).map((need) => questions[need]);
}

function reason(favours: Strategy, what: string): Reason {
  return { favours, what };
}
