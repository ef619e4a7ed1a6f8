import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makeDataFolder } from './data-folder.ts';
import { freePorts } from './free-port.ts';
import { startLocalServer } from './local-server.ts';
import type { LocalServer } from './local-server.ts';
import { S3_TEST_CREDENTIALS, s3Url } from './s3-url.ts';
import { versitygw } from './versitygw.ts';

export interface LocalS3 extends LocalServer {
  /** `http://ACCESS:SECRET@host:port`. The same after `restart`. */
  readonly url: string;
}

const READY_TIMEOUT_MS = 60_000;

/**
 * Starts versitygw over a folder; the first time ever it is built.
 *
 * @param options.dataDir folder for `s3/`, kept at stop and used again; default: a temporary one, removed at stop.
 * @throws ServiceMissing when it must be built and Go is missing; Error with its log when it does not start.
 */
export async function startLocalS3(
  options: {
    readonly dataDir?: string | undefined;
    readonly onProgress?: ((line: string) => void) | undefined;
  } = {},
): Promise<LocalS3> {
  const program = await versitygw(options.onProgress ?? (() => undefined));
  const folder = makeDataFolder({ name: 's3', dataDir: options.dataDir, owner: null });
  try {
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const data = path.join(folder.path, 'buckets');
    mkdirSync(data, { recursive: true });
    const server = await startLocalServer({
      name: 's3',
      command: [program, ...['--port', address, '--quiet', '--health', '/health'], ...['posix', data]],
      // Not on the command line, where every process could read them.
      env: {
        ROOT_ACCESS_KEY: S3_TEST_CREDENTIALS.accessKeyId,
        ROOT_SECRET_KEY: S3_TEST_CREDENTIALS.secretAccessKey,
      },
      stopSignal: 'SIGTERM',
      cwd: folder.path,
      logFile: path.join(folder.path, 'server.log'),
      temporaryFolder: folder.temporary ? folder.path : null,
      owner: null,
      isReady: () => answers(`http://${address}/health`),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
    return Object.assign(server, { url: s3Url(`http://${address}`) });
  } catch (error) {
    if (folder.temporary) rmSync(folder.path, { recursive: true, force: true });
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
