import { TidemarkError } from '../../base/errors.ts';
import { isBalanced } from '../../model/ledger.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Reject } from '../../model/row.ts';
import type { SealRequest } from '../../model/seal.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { manifestName } from '../../model/shard.ts';
import type { Micros } from '../../model/micros.ts';

/** @throws TidemarkError ERR_LEDGER_UNBALANCED when rows went missing between the request and the shards. */
export function buildManifest(options: {
  readonly request: SealRequest;
  readonly payload: 'file' | 'row';
  readonly rowsSha256: string;
  /** Rows left out because a committed shard holds them. */
  readonly committed: number;
  readonly shards: readonly ShardInfo[];
  readonly rejects: readonly Reject[];
  readonly tool: Manifest['tool'];
}): Manifest {
  const { request, shards } = options;
  const rejects = [...(request.rejects ?? []), ...options.rejects];
  const { name } = request;
  const ledger = {
    received: request.rows.count + request.duplicates + (request.rejects?.length ?? 0),
    archived: shards.reduce((sum, shard) => sum + shard.rows, 0),
    duplicates: request.duplicates + options.committed,
    rejected: rejects.length,
  };
  if (!isBalanced(ledger))
    throw new TidemarkError('ERR_LEDGER_UNBALANCED', {
      detail: `${manifestName(name)}: received ${ledger.received}, archived ${ledger.archived}, duplicates ${ledger.duplicates}, rejected ${ledger.rejected}`,
    });
  return {
    format: 'tidemark-manifest',
    version: 1,
    table: name.table,
    kind: name.kind,
    window: { start: name.window.start, end: name.window.end },
    partition: name.partition,
    partitionCount: name.partitionCount,
    offsets: request.offsets && { first: request.offsets.first, last: request.offsets.last },
    payload: options.payload,
    ledger,
    rowsSha256: options.rowsSha256,
    shards,
    rejects,
    minCreatedAt: extreme(
      shards.map((shard) => shard.minCreatedAt),
      Math.min,
    ),
    maxCreatedAt: extreme(
      shards.map((shard) => shard.maxCreatedAt),
      Math.max,
    ),
    tool: options.tool,
  };
}

function extreme(times: readonly Micros[], pick: (a: number, b: number) => number): Micros | null {
  return times.length === 0 ? null : times.reduce((a, b) => pick(a, b) as Micros);
}
