import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ManifestJson {
  readonly kind: 'window' | 'early' | 'late';
  readonly window: { readonly start: number; readonly end: number };
  readonly partition: number;
  readonly ledger: Record<'received' | 'archived' | 'duplicates' | 'rejected', number>;
  readonly shards: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly rows: number;
  }[];
  readonly rejects: readonly { readonly uid: string; readonly reason: string }[];
}

export interface FoundManifest extends ManifestJson {
  readonly name: string;
  /** When the kernel last touched the file: it stood there under this name from then on. */
  readonly changedAtMs: number;
}

/** The manifests in a sink's folder. They never change, so each is read once. */
export class ManifestsOnDisk {
  readonly #folder: string;
  readonly #found = new Map<string, FoundManifest>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(): Promise<FoundManifest[]> {
    for (const name of await readdir(this.#folder, { recursive: true })) {
      if (!name.endsWith('.manifest.json') || this.#found.has(name)) continue;
      const path = join(this.#folder, name);
      const manifest = JSON.parse(await readFile(path, 'utf8')) as ManifestJson;
      this.#found.set(name, { ...manifest, name, changedAtMs: (await stat(path)).ctimeMs });
    }
    return [...this.#found.values()];
  }
}
