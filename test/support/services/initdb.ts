import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { INITDB_FLAGS } from './postgres-settings.ts';

export interface InitdbOptions {
  /** Folder with `bin/initdb`. */
  readonly native: string;
  /** For the file with the password. */
  readonly folder: string;
  /** The data directory to make. */
  readonly data: string;
  /** Of the superuser. */
  readonly user: string;
  readonly password: string;
}

/** @returns the command that makes an empty cluster. */
export function initdbCommand(options: InitdbOptions): string[] {
  const passwordFile = path.join(options.folder, 'password');
  writeFileSync(passwordFile, `${options.password}\n`);
  return [
    path.join(options.native, 'bin/initdb'),
    `--pgdata=${options.data}`,
    `--username=${options.user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--no-sync',
    '--no-instructions',
    ...INITDB_FLAGS,
  ];
}
