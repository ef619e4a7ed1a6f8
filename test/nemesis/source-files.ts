import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { FateName } from './fates.ts';

const run = promisify(execFile);

/** Where a row says that its file is, and how large. */
export interface PlacedFile {
  readonly location: string | null;
  readonly sizeBytes: number;
}

/** Puts a row's file under `folder`, as its fate wants it. Its content follows from its uid. */
export async function placeFile(options: {
  readonly folder: string;
  readonly uid: string;
  readonly fate: FateName;
}): Promise<PlacedFile> {
  const { uid, fate } = options;
  const content = contentOf(uid);
  const location = join(options.folder, uid.split('-').slice(1, 2).join(), uid);
  const placed = { location, sizeBytes: content.length };
  await mkdir(dirname(location), { recursive: true });
  switch (fate) {
    case 'missing':
      return placed;
    case 'outside':
      return { ...placed, location: '/etc/passwd' };
    case 'nowhere':
      return { ...placed, location: null };
    case 'linked':
      await symlink('/etc/passwd', location);
      return placed;
    case 'folder':
      await mkdir(location);
      return placed;
    case 'fifo':
      await run('mkfifo', [location]);
      return placed;
    case 'truncated':
      await writeFile(location, content.subarray(0, content.length - 1));
      return placed;
    case 'before':
    case 'good':
    case 'bulk':
    case 'late':
    case 'infinite':
    case 'ahead':
      await writeFile(location, content);
      return placed;
  }
}

/** Mostly small, now and then larger than a frame of a shard (512 KiB). Never empty: truncating must show. */
function contentOf(uid: string): Buffer {
  const seed = createHash('sha256').update(uid).digest();
  const chance = seed.readUInt16LE(0);
  // Thousands of rows name the file of a bulk.
  const most = uid.startsWith('bulk-') ? 100 : chance < 100 ? 1_500_000 : chance < 3_000 ? 40_000 : 1_500;
  const sizeBytes = 1 + (seed.readUInt32LE(2) % most);
  const line = Buffer.from(`${seed.toString('hex')} ${uid}\n`);
  return Buffer.alloc(sizeBytes, line);
}
