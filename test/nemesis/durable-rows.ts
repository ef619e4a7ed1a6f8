import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Partitioners } from 'kafkajs';
import type pg from 'pg';
import { fateOf } from './fates.ts';
import { ManifestsOnDisk } from './manifests-on-disk.ts';
import type { FoundManifest } from './manifests-on-disk.ts';
import { readShard } from './read-shard.ts';
import { readRows } from './source-table.ts';
import { PARTITIONS, WINDOW_MICROS } from './world.ts';
import type { World } from './world.ts';

/** A partition's watermark was seen to pass from one time to another. */
interface Claim {
  readonly partition: number;
  /** Null: from the beginning of time. */
  readonly from: number | null;
  readonly to: number;
  /** Wall clock, milliseconds: what came to the disk later does not count. */
  readonly atMs: number;
}

/** Holds what the watermarks claim against what was on the disk at that moment. */
export class DurableRows {
  rowsChecked = 0;
  readonly #world: World;
  readonly #problems: string[];
  readonly #manifests: ManifestsOnDisk;
  #claims: Claim[] = [];

  constructor(world: World, problems: string[]) {
    this.#world = world;
    this.#problems = problems;
    this.#manifests = new ManifestsOnDisk(world.sinkPath);
  }

  expect(claim: Claim): void {
    this.#claims.push(claim);
  }

  /** Checks every claim so far. One that cannot be checked, because the server is away, is kept for later. */
  async check(client: pg.Client): Promise<void> {
    if (this.#claims.length === 0) return;
    const claims = this.#claims;
    const from = Math.min(...claims.map((claim) => claim.from ?? 0));
    const to = Math.max(...claims.map((claim) => claim.to));
    const rows = (await readRows(client, { from, to })).filter(({ uid }) => fateOf(uid).isOnTime);
    this.#claims = this.#claims.filter((claim) => !claims.includes(claim));
    const manifests = await this.#manifests.read();
    for (const claim of claims) {
      const durable = await this.#durableUids(manifests, claim);
      for (const { uid, createdAtMicros } of rows) {
        if (partitionOf(uid) !== claim.partition || !covers(claim, createdAtMicros!)) continue;
        this.rowsChecked++;
        if (!durable.has(uid))
          this.#problems.push(
            `partition ${claim.partition} showed ${claim.to}, but ${uid} of ${createdAtMicros} was in no shard`,
          );
      }
    }
  }

  async #durableUids(manifests: readonly FoundManifest[], claim: Claim): Promise<Set<string>> {
    const uids = new Set<string>();
    for (const manifest of manifests) {
      const { partition, kind, window, changedAtMs, name } = manifest;
      if (partition !== claim.partition || kind === 'late' || changedAtMs > claim.atMs) continue;
      // A window begins below the claim's own beginning only when the archive began in the middle of it.
      if (window.end > claim.to || window.end <= (claim.from ?? 0) - WINDOW_MICROS) continue;
      for (const { uid } of manifest.rejects) uids.add(uid);
      for (const shard of manifest.shards) {
        const path = join(this.#world.sinkPath, shard.name);
        const size = (await stat(path).catch(() => null))?.size ?? null;
        if (size === shard.bytes) for (const { uid } of (await readShard(path)).rows) uids.add(uid);
        else this.#problems.push(`${name} names ${shard.name} of ${shard.bytes} bytes; on the disk: ${size}`);
      }
    }
    return uids;
  }
}

function covers({ from, to }: Claim, createdAt: number): boolean {
  return createdAt <= to && (from === null || createdAt > from);
}

const choosePartition = Partitioners.DefaultPartitioner();
const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
  partitionId,
  leader: 1,
  partitionErrorCode: 0,
  replicas: [1],
  isr: [1],
}));

/** Where Kafka's own rule puts a row's key. */
function partitionOf(uid: string): number {
  return choosePartition({
    topic: '',
    partitionMetadata,
    message: { key: JSON.stringify({ uid }), value: null },
  });
}
