import { isBalanced } from '../../model/ledger.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { SealName } from '../../model/shard.ts';
import { manifestName, ownShardName, sealBaseName, shardName } from '../../model/shard.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Sink } from '../sink.ts';
import { MANIFEST_SUFFIX, readManifest } from './manifests.ts';
import { verifyShard } from './verify-shard.ts';
import { errorIn } from './verify-problem.ts';
import type { VerifyProblem } from './verify-problem.ts';

export type { VerifyProblem } from './verify-problem.ts';

export interface VerifyProgress {
  readonly manifests: number;
  readonly shards: number;
  readonly bytes: number;
}

/**
 * Hashes everything again and compares it with what the manifests, indexes and tables say.
 *
 * @param options.names shards or manifests to look at; without them everything on the sink, and then also
 * gaps between parts and shards that no manifest names.
 */
export async function* verifyShards(options: {
  readonly sink: Sink;
  readonly names?: readonly string[];
  readonly onProgress?: (progress: VerifyProgress) => void;
}): AsyncGenerator<VerifyProblem> {
  const { sink } = options;
  const wanted = options.names === undefined ? undefined : new Set(options.names);
  const named = new Set<string>();
  const parts = new Map<string, number[]>();
  const progress = { manifests: 0, shards: 0, bytes: 0 };
  const report = () => options.onProgress?.({ ...progress });
  for await (const name of sink.list('')) {
    if (!name.endsWith(MANIFEST_SUFFIX)) continue;
    const manifest = await tryReadManifest(sink, name);
    if ('severity' in manifest) {
      if (wanted === undefined || wanted.delete(name)) yield manifest;
      continue;
    }
    for (const shard of manifest.shards) named.add(shard.name);
    if (manifest.kind !== 'late') addParts(parts, manifest);
    const whole = wanted === undefined || wanted.delete(name);
    if (whole) yield* verifyManifest(name, manifest);
    progress.manifests++;
    for (const info of manifest.shards) {
      if (wanted !== undefined && !wanted.delete(info.name) && !whole) continue;
      const onBytes = (bytes: number) => {
        progress.bytes += bytes;
        report();
      };
      yield* verifyShard({ sink, manifest, info, onBytes });
      progress.shards++;
      report();
    }
  }
  if (wanted === undefined) yield* verifyWhole(sink, named, parts);
  for (const name of wanted ?? []) yield errorIn(name, null, 'no manifest on the sink names it');
}

async function tryReadManifest(sink: Sink, name: string): Promise<Manifest | VerifyProblem> {
  try {
    return await readManifest(sink, name);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
    return errorIn(name, null, error.detail);
  }
}

function* verifyManifest(name: string, manifest: Manifest): Generator<VerifyProblem> {
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

function addParts(parts: Map<string, number[]>, manifest: Manifest): void {
  const base = sealBaseName({ ...manifest, firstOffset: null });
  const known = parts.get(base) ?? [];
  known.push(...manifest.shards.map((shard) => shard.part));
  parts.set(base, known);
}

async function* verifyWhole(
  sink: Sink,
  named: ReadonlySet<string>,
  parts: ReadonlyMap<string, number[]>,
): AsyncGenerator<VerifyProblem> {
  for (const [base, numbers] of parts) {
    numbers.sort((a, b) => a - b);
    const gap = numbers.findIndex((part, i) => part !== i + 1);
    if (gap >= 0)
      yield errorIn(base, null, `its parts are ${numbers.join(', ')}: part ${gap + 1} is missing`);
  }
  for await (const name of sink.list(''))
    if (name.endsWith('.tar.zst') && !named.has(name))
      yield {
        severity: 'warning',
        name,
        range: null,
        what: 'no manifest names this shard: it does not count',
      };
}
