import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestJson } from './archive-summary.ts';

/** What stands on the sink right now, counted from its files, so that it stays true while nobody runs. */
export interface Tally {
  archived: number;
  rejected: number;
  late: number;
  shards: number;
}

/** Reads each manifest once, when it first appears. */
export class ArchiveTally {
  readonly #folder: string;
  readonly #seen = new Set<string>();
  readonly #tally: Tally = { archived: 0, rejected: 0, late: 0, shards: 0 };

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): Readonly<Tally> {
    for (const name of readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.manifest.json') || this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#add(JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as ManifestJson);
    }
    return this.#tally;
  }

  #add({ kind, ledger, shards }: ManifestJson): void {
    this.#tally.archived += ledger.archived;
    this.#tally.rejected += ledger.rejected;
    this.#tally.shards += shards.length;
    if (kind === 'late') this.#tally.late += ledger.archived;
  }
}
