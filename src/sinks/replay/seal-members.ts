import { TidemarkError } from '../../base/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { SealRows } from '../../model/seal.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { uidAt } from '../format/index-columns.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import { openShard } from '../read/shard-reader.ts';
import { RowTable } from '../seal/row-table.ts';
import type { Sink } from '../sink.ts';

/** What a seal's own shards and list of rejects say of some rows. */
export interface SealMembers {
  /** 1 for each row that one of its readable shards holds. */
  readonly archived: Uint8Array;
  /** 1 for each row that it lists as rejected. */
  readonly rejected: Uint8Array;
  /** False when a shard is missing or its index is damaged: then `archived` may lack rows. */
  readonly isWhole: boolean;
}

/** Which of many rows stand in which seal. The rows are looked up by (uid, created_at), as everywhere. */
export class SealMembership {
  readonly #sink: Sink;
  readonly #rows: SealRows;
  readonly #table: RowTable;

  constructor(sink: Sink, rows: SealRows) {
    this.#sink = sink;
    this.#rows = rows;
    this.#table = new RowTable(rows);
  }

  async of(manifest: Manifest): Promise<SealMembers> {
    const archived = new Uint8Array(this.#rows.count);
    const rejected = new Uint8Array(this.#rows.count);
    for (const { uid, createdAt } of manifest.rejects) {
      const row = uid === null || createdAt === null ? -1 : this.#table.find(uidToBytes(uid), createdAt);
      if (row >= 0) rejected[row] = 1;
    }
    let isWhole = true;
    for (const shard of manifest.shards) if (!(await this.#flag(shard, archived))) isWhole = false;
    return { archived, rejected, isWhole };
  }

  async #flag(shard: ShardInfo, archived: Uint8Array): Promise<boolean> {
    try {
      const reader = await openShard(this.#sink, shard.name);
      for await (const page of reader.pages()) {
        for (let at = 0; at < page.count; at++) {
          const row = this.#table.find(uidAt(page, at), page.createdAt[at]!);
          if (row >= 0) archived[row] = 1;
        }
      }
      return reader.layout.metadata.rows === shard.rows;
    } catch (error) {
      if (error instanceof TidemarkError && error.code === 'ERR_SHARD_CORRUPT') return false;
      throw error;
    }
  }
}
