import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import { goCommand } from './go.ts';
import { ServiceMissing } from './service-missing.ts';

const VERSION = '1.8.0';
const MODULE = `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`;
const REPOSITORY_CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url));

/**
 * The program versitygw, an S3 server over a folder. The first call builds it (three minutes of a processor) from Go's
 * module proxy into `.cache` of the repository or TIDEMARK_CACHE_DIR; later runs, also at the same time, share it.
 *
 * @throws ServiceMissing when it must be built and Go is missing or fails.
 */
export async function versitygw(onProgress: (line: string) => void): Promise<string> {
  const cache = process.env['TIDEMARK_CACHE_DIR'] ?? REPOSITORY_CACHE;
  const folder = path.join(cache, `versitygw-${VERSION}`);
  const program = path.join(folder, 'versitygw');
  if (existsSync(program)) return program;
  const go = await goCommand();
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    onProgress(`S3: building versitygw ${VERSION} into ${folder}, some minutes`);
    await buildInto(go, fresh);
    publish(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return program;
}

async function buildInto(go: string, folder: string): Promise<void> {
  const args = ['install', '-ldflags=-s -w', MODULE];
  const built = await runCommand({ command: go, args, env: { GOBIN: folder } });
  if (built?.status === 0) return;
  throw new ServiceMissing(`Go could not build versitygw:\n${built?.output.trim().slice(-2_000)}`, {
    remedy: `give Go a way to a module proxy (GOPROXY), then: go ${args.slice(0, 1).concat(MODULE).join(' ')}`,
  });
}

/** Renames in one step, so that nobody runs half of it. Who comes second takes that of the first. */
function publish(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
