import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FoundManifest } from '../manifests-on-disk.ts';
import type { Finding } from './finding.ts';

/** Each manifest adds up, and its shards have the bytes that it names. */
export async function checkLedgers(
  sinkPath: string,
  manifests: readonly FoundManifest[],
): Promise<Finding[]> {
  const unbalanced = manifests.filter(({ ledger, shards, rejects }) => {
    const packed = shards.reduce((sum, shard) => sum + shard.rows, 0);
    const { received, archived, duplicates, rejected } = ledger;
    return (
      received !== archived + duplicates + rejected || archived !== packed || rejected !== rejects.length
    );
  });
  const changed: string[] = [];
  for (const shard of manifests.flatMap(({ shards }) => shards)) {
    if ((await digestOfFile(join(sinkPath, shard.name))) !== shard.sha256) changed.push(shard.name);
  }
  return [
    { what: 'ledgers that do not balance', problems: unbalanced.map(({ name }) => name) },
    { what: 'shards with other bytes than their manifest says', problems: changed },
  ];
}

/** @returns lower-case hex. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
