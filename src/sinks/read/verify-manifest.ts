import { isBalanced } from '../../model/ledger.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { SealName } from '../../model/shard.ts';
import { manifestName, ownShardName, sealBaseName, shardName } from '../../model/shard.ts';
import { errorIn } from './verify-problem.ts';
import type { VerifyProblem } from './verify-problem.ts';

/** What a manifest says against itself and its name. */
export function* verifyManifest(name: string, manifest: Manifest): Generator<VerifyProblem> {
  const seal: SealName = {
    ...manifest,
    firstOffset: manifest.kind === 'window' ? null : (manifest.offsets?.first ?? null),
  };
  if (manifestName(seal) !== name)
    yield errorIn(name, null, `by what it says its name were ${manifestName(seal)}`);
  if (!isBalanced(manifest.ledger)) yield errorIn(name, null, 'its ledger does not balance');
  const rows = manifest.shards.reduce((sum, shard) => sum + shard.rows, 0);
  if (rows !== manifest.ledger.archived)
    yield errorIn(name, null, `its shards hold ${rows} rows, its ledger says ${manifest.ledger.archived}`);
  if (manifest.rejects.length !== manifest.ledger.rejected)
    yield errorIn(
      name,
      null,
      `it lists ${manifest.rejects.length} rejects, its ledger says ${manifest.ledger.rejected}`,
    );
  for (const [i, shard] of manifest.shards.entries()) {
    if (ownShardName(shard.name) !== shardName(seal, shard.part))
      yield errorIn(name, null, `it names a shard of another seal: ${shard.name}`);
    if (shard.part !== manifest.shards[0]!.part + i)
      yield errorIn(name, null, `its parts have a gap before ${shard.part}`);
  }
}

/** Notes the parts of a window, among which there must be no gap. */
export function addParts(parts: Map<string, number[]>, manifest: Manifest): void {
  const base = sealBaseName({ ...manifest, firstOffset: null });
  const known = parts.get(base) ?? [];
  known.push(...manifest.shards.map((shard) => shard.part));
  parts.set(base, known);
}
