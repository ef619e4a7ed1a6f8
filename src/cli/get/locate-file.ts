import { TidemarkError } from '../../base/errors.ts';
import { formatMicros } from '../../model/micros.ts';
import type { ArchiveReads } from '../../sinks/read/archive-reads.ts';
import { findFile } from '../../sinks/read/get-file.ts';
import type { FilePlace } from '../../sinks/read/get-file.ts';
import type { SearchCounts } from '../../sinks/read/search-day.ts';
import { searchUid } from '../../sinks/read/search-uid.ts';
import type { UidQuery } from '../../sinks/read/search-uid.ts';
import type { CliContext } from '../cli-context.ts';
import { ProgressLine } from '../progress-line.ts';
import { formatCount } from '../text-table.ts';
import { askTables } from './ask-tables.ts';
import type { TableTime } from './ask-tables.ts';

/** The times of an error message; who has more rows of one uid than that knows it. */
const TIMES_SHOWN_MAX = 20;

export interface LocateOptions {
  readonly context: CliContext;
  readonly reads: ArchiveReads;
  readonly query: UidQuery;
  /** False where there is only an address: then nobody knows of a Postgres. */
  readonly mayAskTables: boolean;
}

/**
 * Finds the one archived row of a uid of which the time is not known, and says where: by the table while it has the row,
 * else by the filters in the archive.
 *
 * @throws TidemarkError ERR_UID_NOT_FOUND, ERR_UID_AMBIGUOUS; what reading throws.
 */
export async function locateFile(options: LocateOptions): Promise<FilePlace> {
  const { context, reads, query, mayAskTables } = options;
  const { uid } = query;
  const times = mayAskTables ? await askTables(context, query) : undefined;
  if (times !== undefined && times.length > 1) throw ambiguous(uid, times, 'the table has');
  const [row] = times ?? [];
  if (row !== undefined) {
    const place = await findFile(reads, { uid, ...row });
    if (place !== undefined) return tell(context, place, 'the table was asked');
  }
  const { places, counts } = await search(options);
  const looked = describeCounts(counts);
  if (places.length > 1) throw ambiguous(uid, places.map(timeOf), 'the archive has');
  const [place] = places;
  if (place === undefined) throw notFound(query, row, looked);
  return tell(context, place, looked);
}

async function search({ context: { terminal }, reads, query }: LocateOptions) {
  const line = new ProgressLine(terminal);
  const told = new Set<string>();
  try {
    return await searchUid(reads, {
      ...query,
      onProgress: (counts) => line.show(`looking: ${describeCounts(counts)}`),
      onDamage: ({ message }) => {
        if (told.has(message)) return;
        told.add(message);
        line.clear();
        terminal.say(`warning: ${message}; looking at what it covers one by one\n`);
      },
    });
  } finally {
    line.clear();
  }
}

function tell({ terminal }: CliContext, place: FilePlace, how: string): FilePlace {
  terminal.say(`found in ${place.table}, created_at ${formatMicros(place.entry.createdAt)} (${how})\n`);
  return place;
}

function timeOf({ table, entry }: FilePlace): TableTime {
  return { table, createdAt: entry.createdAt };
}

function ambiguous(uid: string, times: readonly TableTime[], who: string): TidemarkError {
  const lines = times
    .slice(0, TIMES_SHOWN_MAX)
    .map(({ table, createdAt }) => `\n  --created-at ${formatMicros(createdAt)} --table ${table}`);
  if (times.length > TIMES_SHOWN_MAX) lines.push(`\n  and ${times.length - TIMES_SHOWN_MAX} more`);
  return new TidemarkError('ERR_UID_AMBIGUOUS', {
    detail: `${who} ${times.length} rows of uid ${JSON.stringify(uid)}:${lines.join('')}`,
  });
}

function notFound(query: UidQuery, row: TableTime | undefined, looked: string): TidemarkError {
  const { uid, table } = query;
  const where = table === undefined ? '' : ` of ${table}`;
  const detail = `no shard${where} holds uid ${JSON.stringify(uid)} (${looked})`;
  if (row === undefined) return new TidemarkError('ERR_UID_NOT_FOUND', { detail });
  return new TidemarkError('ERR_UID_NOT_FOUND', {
    detail: `${detail}; ${row.table} has it at ${formatMicros(row.createdAt)}`,
    remedy:
      'It is not archived yet: `tidemark status` says up to where. If it should be, `tidemark rejects`.',
  });
}

function describeCounts({ days, filters, manifests, shards }: Readonly<SearchCounts>): string {
  const parts = [
    count(days, 'day'),
    count(filters, 'filter'),
    count(manifests, 'manifest'),
    count(shards, 'shard'),
  ];
  return `${parts.join(', ')} looked at`;
}

function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}
