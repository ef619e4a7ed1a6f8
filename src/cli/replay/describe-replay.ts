import type { ReplayedShard } from '../../sinks/replay/replayer.ts';
import { isSame } from './replay-windows.ts';
import type { ReplayReport } from './replay-windows.ts';

/** One seal for people. Pure. */
export function describeReplay(report: ReplayReport): string {
  const { seal, source, rows, shards } = report;
  const lines = [`${isSame(report) ? 'same     ' : 'DIFFERENT'} ${seal.name} (from the ${source})`];
  if (rows === 'different') lines.push(`  rows: not those of the manifest's digest`);
  for (const shard of shards) {
    if (shard.rebuilt !== 'same' || shard.stored !== 'intact') lines.push(`  ${describeShard(shard)}`);
  }
  return lines.join('\n');
}

function describeShard({ name, stored, rebuilt, isRestored, detail, sha256 }: ReplayedShard): string {
  const found = isRestored ? `was ${stored}, is restored` : `is ${stored}`;
  if (rebuilt === 'same') return `${name}: ${found}; packed again it has the manifest's digest`;
  if (rebuilt === 'impossible') return `${name}: ${found}; it cannot be packed again: ${detail}`;
  return `${name}: ${found}; packed again it has sha256 ${sha256}: ${detail}`;
}
