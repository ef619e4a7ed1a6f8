import { Events } from '../../base/event-map.ts';
import type { Micros } from '../../model/micros.ts';
import { listManifests } from '../../sinks/read/manifests.ts';
import type { ManifestQuery } from '../../sinks/read/manifests.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { CliContext } from '../cli-context.ts';
import { loadContextConfig } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';
import { replayWindows } from '../replay/replay-windows.ts';
import type { ReplayReport } from '../replay/replay-windows.ts';
import type { ComparedItem } from './compared-item.ts';

/**
 * Packs each window of the archive again from the table, as a cycle would, and compares digests. Only windows that the
 * archive has: what of the table is in none of them is what `reconcile` looks for.
 *
 * @throws TidemarkError ERR_USAGE, ERR_POSTGRES_UNREACHABLE, ERR_TABLE_INVALID, ERR_SHARD_CORRUPT.
 */
export async function* compareWithTable(
  context: CliContext,
  sink: Sink,
  query: ManifestQuery,
): AsyncGenerator<ComparedItem> {
  const config = await loadContextConfig(context);
  for (const table of requireTables(config, query.table)) {
    const ends = new Set<Micros>();
    for await (const { manifest } of listManifests(sink, { ...query, table: table.id }))
      ends.add(manifest.window.end);
    for (const time of [...ends].sort((a, b) => a - b)) {
      const reports = replayWindows({
        ...{ config, sink, tables: [table], time, partition: null, events: new Events() },
        ...{ source: 'table', restore: false },
      });
      for await (const report of reports) yield* itemsOf(report);
    }
  }
}

function itemsOf({ seal, rows, shards }: ReplayReport): ComparedItem[] {
  const windowEnd = seal.manifest.window.end;
  return shards.map(({ name, rebuilt, expectedSha256, sha256, detail }) => ({
    ...{ name, windowEnd },
    outcome: rebuilt === 'same' ? ('same' as const) : ('different' as const),
    here: { sha256: expectedSha256 },
    there: sha256 === null ? null : { sha256 },
    detail: rows === 'different' && detail === '' ? 'the rows are others' : detail,
  }));
}
