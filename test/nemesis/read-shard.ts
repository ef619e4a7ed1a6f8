import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** A line of `rows.ndjson`. */
export interface ShardRow {
  readonly uid: string;
  readonly createdAt: string;
  readonly location: string | null;
  readonly sizeBytes: number;
}

export interface ShardContents {
  readonly rows: readonly ShardRow[];
  /** sha256 of each member under `files/`, by its name below it. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a shard with the zstd command and a tar library, not with our reader. */
export async function readShard(path: string): Promise<ShardContents> {
  const zstd = spawn('zstd', ['-dcq', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = buffer(zstd.stderr);
  const closed = once(zstd, 'close') as Promise<[number | null]>;
  const rows: ShardRow[] = [];
  const files = new Map<string, string>();
  for await (const entry of zstd.stdout.pipe(extract())) {
    const content = await buffer(entry);
    const { name } = entry.header;
    if (name === 'rows.ndjson') rows.push(...readLines(content.toString()));
    else if (name.startsWith('files/')) files.set(name.slice('files/'.length), sha256(content));
    else throw new Error(`${path} holds ${name}`);
  }
  const [status] = await closed;
  if (status !== 0) throw new Error(`zstd cannot read ${path}: ${(await said).toString()}`);
  return { rows, files };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function readLines(text: string): ShardRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as Record<string, unknown>;
      return {
        uid: String(row['uid']),
        createdAt: String(row['created_at']),
        location: row['file_location'] as string | null,
        sizeBytes: Number(row['size_bytes']),
      };
    });
}
