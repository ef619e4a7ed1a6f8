import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './command.ts';
import { INITDB_FLAGS } from './postgres-settings.ts';
import type { Owner } from './server-owner.ts';

export interface InitdbOptions {
  /** Folder with `bin/initdb`. */
  readonly native: string;
  readonly owner: Owner | null;
  /** Writable working directory. */
  readonly folder: string;
  /** The data directory to make. */
  readonly data: string;
  /** Of the superuser. */
  readonly user: string;
  readonly password: string;
}

/** Makes an empty cluster. @throws Error with what initdb printed when it fails. */
export async function initdb(options: InitdbOptions): Promise<void> {
  const passwordFile = path.join(options.folder, 'initdb-password');
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o644 });
  try {
    const result = await runCommand({
      command: path.join(options.native, 'bin/initdb'),
      args: [
        `--pgdata=${options.data}`,
        `--username=${options.user}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--no-sync',
        '--no-instructions',
        ...INITDB_FLAGS,
      ],
      cwd: options.folder,
      owner: options.owner,
    });
    if (result?.status !== 0) throw new Error(`initdb failed:\n${result?.output}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}
