import { execFileSync } from 'node:child_process';
import { statSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `tar c | zstd` over a folder. @returns seconds and bytes of the result. */
export function runTarPipe(options: { folder: string; threads: number; work: string }) {
  const target = join(options.work, 'peer.tar.zst');
  rmSync(target, { force: true });
  const began = performance.now();
  execFileSync('sh', [
    '-c',
    'tar c -C "$1" . | zstd -q -3 "-T$2" -o "$3"',
    'sh',
    options.folder,
    String(options.threads),
    target,
  ]);
  const seconds = (performance.now() - began) / 1000;
  const { size: bytes } = statSync(target);
  rmSync(target);
  return { seconds, bytes };
}
