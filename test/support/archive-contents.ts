import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ArchivedRow {
  readonly uid: string;
  readonly shard: string;
  /** The file as the shard holds it; null with `payload: row`. */
  readonly content: string | null;
}

interface ManifestFile {
  readonly kind: string;
  readonly ledger: Record<'received' | 'archived' | 'duplicates' | 'rejected', number>;
  readonly shards: readonly { readonly name: string; readonly sha256: string; readonly rows: number }[];
  readonly rejects: readonly { readonly uid: string; readonly reason: string }[];
}

/** Every manifest on a sink folder, read as plain JSON. */
export async function readManifests(sinkFolder: string): Promise<ManifestFile[]> {
  const names = (await readdir(sinkFolder, { recursive: true })).filter((name) =>
    name.endsWith('.manifest.json'),
  );
  const texts = await Promise.all(names.sort().map((name) => readFile(join(sinkFolder, name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as ManifestFile);
}

/**
 * Every row that manifests say is archived, read with `tar` and `zstd` and not with our own reader. Throws when a
 * shard has other bytes than its manifest says.
 */
export async function readArchivedRows(sinkFolder: string): Promise<ArchivedRow[]> {
  const rows: ArchivedRow[] = [];
  for (const shard of (await readManifests(sinkFolder)).flatMap((manifest) => manifest.shards)) {
    const path = join(sinkFolder, shard.name);
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    if (digest !== shard.sha256) throw new Error(`${shard.name} has other bytes than its manifest says`);
    const lines = (await readMember(path, 'rows.ndjson')).split('\n').filter((line) => line !== '');
    const members = (await run('tar', ['--zstd', '-tf', path])).stdout.split('\n');
    const hasFiles = members.some((member) => member.startsWith('files/'));
    for (const line of lines) {
      const { uid } = JSON.parse(line) as { uid: string };
      rows.push({
        uid,
        shard: shard.name,
        content: hasFiles ? await readMember(path, `files/${uid}`) : null,
      });
    }
  }
  return rows;
}

/** The uids of all these rows, sorted; the files are left where they are. */
export async function readArchivedUids(sinkFolder: string): Promise<string[]> {
  const shards = (await readManifests(sinkFolder)).flatMap((manifest) => manifest.shards);
  const texts = await Promise.all(
    shards.map((shard) => readMember(join(sinkFolder, shard.name), 'rows.ndjson')),
  );
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  return lines.map((line) => (JSON.parse(line) as { uid: string }).uid).sort();
}

async function readMember(path: string, member: string): Promise<string> {
  return (await run('tar', ['--zstd', '-xOf', path, member], { maxBuffer: 1 << 28 })).stdout;
}
